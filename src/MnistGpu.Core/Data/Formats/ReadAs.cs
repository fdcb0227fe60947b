namespace MnistGpu.Data.Formats;

/// <summary>What a user says of a source that its files do not say themselves; null for what is guessed.</summary>
internal sealed record ReadAs
{
    /// <summary>Nothing: all is guessed, and what was guessed is told.</summary>
    public static ReadAs Guessed { get; } = new();

    /// <summary>Whether the first line of a table names its columns.</summary>
    public bool? HasHeader { get; init; }

    /// <summary>A table's column of labels: its name, its number from 1, first, last or none.</summary>
    public string? Label { get; init; }

    /// <summary>The column of a Parquet file that holds the pictures.</summary>
    public string? Picture { get; init; }

    /// <summary>The numbers that become 0 and 255.</summary>
    public (double Low, double High)? Range { get; init; }

    /// <summary>Whether images lie on their side, columns where rows should be, as EMNIST's do.</summary>
    public bool? Transpose { get; init; }

    /// <summary>Width and height of the images.</summary>
    public (int Width, int Height)? Size { get; init; }

    /// <summary>Whether the numbers of a colour image in a row are all red ones, all green ones and all blue
    /// ones.</summary>
    public bool? ArePlanes { get; init; }

    /// <summary>Whether images are read in colour, rather than in grey.</summary>
    public bool? IsColour { get; init; }

    /// <summary>Whether these numbers can become 0 and 255.</summary>
    public static bool IsRange(double low, double high) =>
        double.IsFinite(low) && double.IsFinite(high) && low < high && double.IsFinite(high - low);

    /// <summary>Whether images can have this width or height.</summary>
    public static bool IsSide(int side) => side is >= 1 and <= DataShape.MaxSide;
}

/// <summary>What there is to say of a source while it is read.</summary>
internal sealed class ReadLog
{
    /// <summary>What was guessed, a line each with the option that says otherwise.</summary>
    public List<string> Guesses { get; } = [];

    /// <summary>What lies there and is not used, a line each with the reason.</summary>
    public List<string> LeftOut { get; } = [];

    /// <summary>Why the first file that could not be listed could not; null where all could.</summary>
    internal UserErrorException? Unlisted { get; set; }

    /// <summary>Adds a guess, once.</summary>
    public void Guess(string line)
    {
        if (!Guesses.Contains(line))
        {
            Guesses.Add(line);
        }
    }
}
