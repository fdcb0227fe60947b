using MnistGpu.Data.Formats;
using MnistGpu.Data.Sources;

namespace MnistGpu;

/// <summary>
/// What to load from a source of images, and what its files do not say themselves. Every property may be left out: what
/// is not said is guessed, and <see cref="Dataset.Guesses"/> tells what was guessed.
/// </summary>
/// <example>
/// <code>
/// var table = Dataset.Load("table.csv", new() { Label = "last", HasHeader = false });
/// </code>
/// </example>
public sealed record LoadOptions
{
    /// <summary>How many images to train on at most, the first in file order; null for all. Test images are always
    /// read whole.</summary>
    public int? Limit { get; init; }

    /// <summary>Where the digits are synthetic: the seed that they are drawn from.</summary>
    public ulong Seed { get; init; }

    /// <summary>Whether the first line of a table names its columns; null to guess.</summary>
    public bool? HasHeader { get; init; }

    /// <summary>A table's column of labels: its name, its number from 1, first, last or none; null to guess.</summary>
    public string? Label { get; init; }

    /// <summary>The numbers of the files that become the pixels 0 and 255; null to guess.</summary>
    public (double Low, double High)? Range { get; init; }

    /// <summary>Whether images lie on their side, columns where rows should be; null to guess.</summary>
    public bool? Transpose { get; init; }

    /// <summary>Width and height of the images in pixels; null to guess.</summary>
    public (int Width, int Height)? Size { get; init; }

    /// <summary>Whether the numbers of a colour image are all red ones, all green ones, then all blue ones; null to
    /// guess.</summary>
    public bool? ArePlanes { get; init; }

    /// <summary>Whether pictures are read in colour, rather than in grey; null to guess.</summary>
    public bool? IsColour { get; init; }

    /// <summary>Whether pictures that are dark on light stay so. Otherwise they are turned over where most are, because
    /// MNIST's images are light on dark.</summary>
    public bool KeepsPolarity { get; init; }

    /// <summary>Called with one line about each thing that takes long, such as a download.</summary>
    public Action<string>? OnMessage { get; init; }

    /// <summary>The same, as the readers take it.</summary>
    internal DataRequest Request => new()
    {
        Limit = Limit,
        Seed = Seed,
        PolarityAsIs = KeepsPolarity,
        Say = OnMessage,
        ReadAs = new ReadAs
        {
            HasHeader = HasHeader,
            Label = Label,
            Range = Range,
            Transpose = Transpose,
            Size = Size,
            ArePlanes = ArePlanes,
            IsColour = IsColour,
        },
    };
}
