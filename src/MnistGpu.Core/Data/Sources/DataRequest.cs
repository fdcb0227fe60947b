using MnistGpu.Data.Formats;

namespace MnistGpu.Data.Sources;

/// <summary>What to load from a data source, and what to call meanwhile.</summary>
internal sealed record DataRequest
{
    /// <summary>
    /// How many training images at most: the first ones in file order; null for all there are. Synthetic digits are
    /// drawn in just that number, 60,000 where it is null. The test set is always whole.
    /// </summary>
    public int? Limit { get; init; }

    /// <summary>
    /// How many test images to draw where the digits are synthetic; 0 for no test set, null for as many as training
    /// images but at most 10,000.
    /// </summary>
    public int? SyntheticTest { get; init; }

    /// <summary>Where the digits are synthetic: the seed that they are drawn from.</summary>
    public ulong Seed { get; init; }

    /// <summary>
    /// Whether a source of test images alone does not do; else these stand in for the images to train on.
    /// </summary>
    public bool NeedsTraining { get; init; } = true;

    /// <summary>Whether images to train on are not read where IDX files hold test images.</summary>
    public bool TestSuffices { get; init; }

    /// <summary>
    /// Whether pictures that are dark on light are kept so; else they are turned over where most are, for MNIST's are
    /// light on dark.
    /// </summary>
    public bool PolarityAsIs { get; init; }

    /// <summary>What the user says of the files that they do not say themselves.</summary>
    public ReadAs ReadAs { get; init; } = ReadAs.Guessed;

    /// <summary>
    /// The images that a network reads, which pictures are scaled to and classes are called by; null for none.
    /// </summary>
    public DataShape? Shape { get; init; }

    /// <summary>Receives one-line messages about what is going on.</summary>
    public Action<string>? Say { get; init; }

    /// <summary>Receives the progress of a download.</summary>
    public Action<DownloadProgress>? OnDownload { get; init; }
}

/// <summary>How far a download is.</summary>
/// <param name="File">The file's name.</param>
/// <param name="Bytes">Bytes of it that are here, those of an earlier attempt included.</param>
/// <param name="Total">Its size in bytes, as the mirror or else the manifest says.</param>
internal readonly record struct DownloadProgress(string File, long Bytes, long Total);
