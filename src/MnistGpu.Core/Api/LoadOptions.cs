using MnistGpu.Data;
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

    /// <summary>The column of a Parquet file that holds the pictures, by its name, such as image or image.bytes; null
    /// to guess.</summary>
    public string? Picture { get; init; }

    /// <summary>The numbers of the files that become the pixels 0 and 255, finite, the first below the second; null to
    /// guess.</summary>
    public (double Low, double High)? Range { get; init; }

    /// <summary>Whether images lie on their side, columns where rows should be; null to guess.</summary>
    public bool? Transpose { get; init; }

    /// <summary>Width and height of the images in pixels, 1 to 1,024; null to guess.</summary>
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
            Picture = Picture,
            Range = Range,
            Transpose = Transpose,
            Size = Size,
            ArePlanes = ArePlanes,
            IsColour = IsColour,
        },
    };

    /// <summary>Refuses what no file can be read by.</summary>
    /// <exception cref="UserErrorException">It names the property.</exception>
    internal void RequireUsable()
    {
        if (Limit is < 1)
        {
            throw Refused(nameof(Limit), "at least 1", $"{Limit}");
        }

        if (Label is "")
        {
            throw Refused(nameof(Label), "a column's name, its number from 1, first, last or none", "nothing");
        }

        if (Picture is "")
        {
            throw Refused(nameof(Picture), "a column's name", "nothing");
        }

        if (Range is { } range && !ReadAs.IsRange(range.Low, range.High))
        {
            throw Refused(nameof(Range), "two finite numbers, the first below the second",
                FormattableString.Invariant($"{range.Low} and {range.High}"));
        }

        if (Size is { } size && !(ReadAs.IsSide(size.Width) && ReadAs.IsSide(size.Height)))
        {
            throw Refused(nameof(Size), $"width and height from 1 to {DataShape.MaxSide}",
                $"{size.Width} × {size.Height}");
        }
    }

    private static UserErrorException Refused(string property, string expected, string found) => new(
        "Nothing can be read like this", where: $"{nameof(LoadOptions)}.{property}", expected: expected, found: found,
        todo: $"give another {property}, or leave it out");
}
