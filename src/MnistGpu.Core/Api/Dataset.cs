using MnistGpu.Data;
using MnistGpu.Data.Sources;

namespace MnistGpu;

/// <summary>The images of a source: those to train on, and those to test on where it has any.</summary>
/// <example>
/// MNIST from this machine, or downloaded:
/// <code>
/// var digits = Dataset.Load();
/// Console.WriteLine($"{digits.Training.Count} images to train on, {digits.Test.Count} to test on");
/// </code>
/// </example>
public sealed class Dataset
{
    private readonly DigitData data;

    internal Dataset(DigitData data)
    {
        this.data = data;
        Training = new ImageSet(data.Train, data.IsDark);
        TestOrNull = data.Test is { } test ? new ImageSet(test, data.IsDark) : null;
    }

    /// <summary>The images to train on, in file order.</summary>
    public ImageSet Training { get; }

    /// <summary>The images to test on.</summary>
    /// <exception cref="InvalidOperationException">The source has none; see <see cref="HasTest"/>.</exception>
    public ImageSet Test => TestOrNull ?? throw new InvalidOperationException(
        $"{Source} has no test images. Ask HasTest first, or test on images held out of Training: see Split.");

    /// <summary>Whether the source has images to test on.</summary>
    public bool HasTest => TestOrNull is not null;

    /// <summary>Where the images come from, for people.</summary>
    public string Source => data.Source;

    /// <summary>What the user should know of the choice, such as that the digits are drawn by a program because no
    /// MNIST was found; null for nothing.</summary>
    public string? Notice => data.Notice;

    /// <summary>What was guessed of the files, a line each with the property that says otherwise.</summary>
    public IReadOnlyList<string> Guesses => data.Guesses;

    /// <summary>What lies beside the images and is not used, a line each with the reason.</summary>
    public IReadOnlyList<string> LeftOut => data.LeftOut;

    private ImageSet? TestOrNull { get; }

    /// <summary>Loads the images that a name, a file or a folder stands for.</summary>
    /// <param name="source">
    /// "auto" for MNIST: in $MNISTGPU_DATA, in the folder data/, in the user's cache, or downloaded, and synthetic
    /// digits where there is none of these; "synthetic"; the name of another known set, such as "fashion"; a file (IDX,
    /// CSV, ARFF, .npz, .npy, .mat, also .gz and .zip); or a folder of such files or of a folder of pictures for each
    /// class.
    /// </param>
    /// <param name="options">What to load, and what the files do not say; null for all, and to guess.</param>
    /// <param name="cancel">Ends a download or the drawing.</param>
    /// <exception cref="UserErrorException">There is no such source, or it is damaged.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> was signalled.</exception>
    public static Dataset Load(string source = "auto", LoadOptions? options = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        cancel.ThrowIfCancellationRequested();
        return new Dataset(DataSource.Load(source, (options ?? new LoadOptions()).Request, cancel));
    }

    /// <summary>The same without keeping a thread waiting.</summary>
    /// <inheritdoc cref="Load"/>
    public static Task<Dataset> LoadAsync(string source = "auto", LoadOptions? options = null,
        CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        return Task.Run(() => Load(source, options, cancel), cancel);
    }
}
