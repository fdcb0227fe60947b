using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace MnistGpu.Data.Formats;

/// <summary>What the columns of a table are: which one is the label, and which pixel each of the others.</summary>
internal sealed partial class CsvLayout
{
    /// <summary>Lines that are looked at to tell labels from pixels.</summary>
    public const int SampleLines = 100;

    private static readonly HashSet<string> LabelNames = new(StringComparer.OrdinalIgnoreCase)
        { "label", "labels", "class", "classes", "target", "y", "digit", "category", "letter" };

    private static readonly HashSet<string> RowNames = new(StringComparer.OrdinalIgnoreCase)
        { "", "unnamed: 0", "index", "id", "imageid", "row", "rownames" };

    private readonly string[]? names;

    private CsvLayout(byte separator, string[]? names, int columns)
    {
        (Separator, this.names, Columns) = (separator, names, columns);
        PixelOf = new int[columns];
        Array.Fill(PixelOf, -1);
    }

    /// <summary>What is between two cells; a blank stands for any number of blanks.</summary>
    public byte Separator { get; }

    /// <summary>Cells in a line.</summary>
    public int Columns { get; }

    /// <summary>Which pixel a column is; −1 for none.</summary>
    public int[] PixelOf { get; }

    /// <summary>The column of labels; −1 for none.</summary>
    public int Label { get; private set; } = -1;

    /// <summary>Pixels of an image.</summary>
    public int Pixels { get; private set; }

    /// <summary>Width, height and channels.</summary>
    public (int Width, int Height, int Channels) Size { get; private set; }

    /// <summary>
    /// Whether the pixels stand in their order, the label before or behind them and nothing else: most files.
    /// </summary>
    public bool IsPlain { get; private set; }

    /// <summary>A column's name, its number where it has none.</summary>
    public string NameOf(int column) => names is null || column >= names.Length ? $"column {column + 1}"
        : column < names.Length && names[column].Length > 0 ? Plain.Text(names[column], 30) : "without a name";

    /// <summary>A line's separator: of comma, semicolon and tab the one that it has most of, else a blank.</summary>
    public static byte SeparatorOf(ReadOnlySpan<byte> line)
    {
        var best = (byte)' ';
        var most = 0;
        foreach (var candidate in ",;\t"u8)
        {
            var count = line.Count(candidate);
            (best, most) = count > most ? (candidate, count) : (best, most);
        }

        return best;
    }

    /// <summary>Whether a line names columns: a cell of it is no number.</summary>
    public static bool IsHeader(IReadOnlyList<string> cells) => cells.Any(cell => !IsNumber(cell));

    /// <summary>Works out a table's columns.</summary>
    /// <param name="path">The file, for errors.</param>
    /// <param name="separator">What is between two cells.</param>
    /// <param name="names">The columns' names; null where there are none.</param>
    /// <param name="sample">The cells of the first lines.</param>
    /// <param name="options">What the user says.</param>
    /// <param name="log">Is told what was guessed.</param>
    /// <exception cref="UserErrorException">The columns are those of no images.</exception>
    public static CsvLayout Of(string path, byte separator, string[]? names, IReadOnlyList<string[]> sample,
        ReadAs options, ReadLog log)
    {
        var layout = new CsvLayout(separator, names, names?.Length ?? sample[0].Length);
        if (names is not null)
        {
            layout.ByNames(path, names, options, log);
        }
        else
        {
            layout.ByPlace(path, sample, options, log);
        }

        layout.Size = layout.Size.Width > 0 && options.Size is null ? layout.Size
            : RawSet.SizeOf(layout.Pixels, options, path);
        layout.IsPlain = separator != ' ' && layout.Columns == layout.Pixels + (layout.Label >= 0 ? 1 : 0)
            && (layout.Label < 0 || layout.Label == 0 || layout.Label == layout.Columns - 1)
            && Enumerable.Range(0, layout.Columns).Where(c => c != layout.Label).Select(c => layout.PixelOf[c])
                .SequenceEqual(Enumerable.Range(0, layout.Pixels));
        return layout;
    }

    private static bool IsNumber(string cell) =>
        double.TryParse(cell.Replace(',', '.'), NumberStyles.Float, CultureInfo.InvariantCulture, out _);

    private void ByNames(string path, string[] names, ReadAs options, ReadLog log)
    {
        Label = options.Label is { } asked ? Asked(path, asked)
            : Array.FindIndex(names, name => LabelNames.Contains(name));
        var pixels = Enumerable.Range(0, names.Length).Where(c => c != Label).ToList();
        var dropped = pixels.Where(c => RowNames.Contains(names[c])).ToArray();
        pixels.RemoveAll(c => RowNames.Contains(names[c]));
        if (dropped.Length > 0)
        {
            log.Guess($"the column {string.Join(", ", dropped.Select(c =>
                names[c].Length > 0 ? $"'{Plain.Text(names[c], 30)}'" : "without a name"))} of {path} is left out: "
                + "it numbers the rows");
        }

        if (Label < 0 && options.Label is null && LoneName(names, pixels) is >= 0 and var lone)
        {
            Label = lone;
            pixels.Remove(lone);
            log.Guess($"the labels of {path} are taken from the column '{Plain.Text(names[lone], 30)}' "
                + "(LoadOptions.Label = NAME says otherwise)");
        }
        else if (Label > 0 && options.Label is null)
        {
            log.Guess($"the labels of {path} are taken from the column '{Plain.Text(names[Label], 30)}', "
                + $"number {Label + 1} of {names.Length} (LoadOptions.Label = NAME says otherwise)");
        }

        Order(path, names, pixels, log);
    }

    /// <summary>The one column whose name is not like the others'; −1 where there is none such.</summary>
    private static int LoneName(string[] names, List<int> pixels)
    {
        var others = pixels.Where(c => !Numbered().IsMatch(names[c])).ToArray();
        return others.Length == 1 && pixels.Count > 4 ? others[0] : -1;
    }

    /// <summary>Numbers the pixels as their names do: pixel0 or pixel1 on, or 1x1 to 28x28.</summary>
    private void Order(string path, string[] names, List<int> pixels, ReadLog log)
    {
        var places = pixels.Select(c => Place(names[c])).ToArray();
        Pixels = pixels.Count;
        if (pixels.Count == 0 || Array.Exists(places, place => place is null))
        {
            var odd = pixels.Count == 0 ? -1 : Array.FindIndex(places, place => place is null);
            if (pixels.Count == 0 || places.Count(place => place is not null) * 2 > places.Length)
            {
                throw new UserErrorException("A column is none of an image's",
                    where: $"{path}, line 1" + (odd < 0 ? "" : $", column {pixels[odd] + 1}"),
                    expected: "label and pixels, such as label,pixel0,pixel1,…,pixel783",
                    found: odd < 0 ? "no pixels" : $"'{Plain.Text(names[pixels[odd]], 30)}'",
                    todo: "remove the column, or say which is the label: LoadOptions.Label = NAME");
            }

            log.Guess($"the pixels of {path} are taken in the order of the columns: their names number none");
            for (var i = 0; i < pixels.Count; i++)
            {
                PixelOf[pixels[i]] = i;
            }

            return;
        }

        var width = places.Max(place => place!.Value.Column) - places.Min(place => place!.Value.Column) + 1;
        var isGrid = places.Select(place => place!.Value.Row).Distinct().Skip(1).Any();
        var first = (Row: places.Min(place => place!.Value.Row), Column: places.Min(place => place!.Value.Column));
        var taken = new int[pixels.Count];
        Array.Fill(taken, -1);
        for (var i = 0; i < pixels.Count; i++)
        {
            var (row, column) = places[i]!.Value;
            var at = (long)(row - first.Row) * (isGrid ? width : 0) + (column - first.Column);
            if (at >= taken.Length || taken[at] >= 0)
            {
                var missing = Array.IndexOf(taken, -1);
                throw new UserErrorException(at < taken.Length ? "Two columns have one name" : "A column is missing",
                    where: $"{path}, line 1, column {pixels[i] + 1}",
                    expected: at < taken.Length ? "each pixel once"
                        : $"pixels without a gap: number {missing + first.Column} is not there",
                    found: $"'{Plain.Text(names[pixels[i]], 30)}'",
                    todo: "make the first line label,pixel0,pixel1,…,pixel783, or as many as there are");
            }

            taken[at] = i;
            PixelOf[pixels[i]] = (int)at;
        }

        Size = isGrid && pixels.Count % width == 0 ? (width, pixels.Count / width, 1) : default;
    }

    /// <summary>Row and column of a pixel by its name; row 0 where it only has a number. Null for neither.</summary>
    private static (int Row, int Column)? Place(string name)
    {
        var grid = Grid().Match(name);
        if (grid.Success)
        {
            return (int.Parse(grid.Groups[1].Value, CultureInfo.InvariantCulture),
                int.Parse(grid.Groups[2].Value, CultureInfo.InvariantCulture));
        }

        var numbered = Numbered().Match(name);
        return numbered.Success ? (0, int.Parse(numbered.Groups[1].Value, CultureInfo.InvariantCulture)) : null;
    }

    private void ByPlace(string path, IReadOnlyList<string[]> sample, ReadAs options, ReadLog log)
    {
        Label = options.Label is { } asked ? Asked(path, asked)
            : IsImage(Columns, options) || !IsImage(Columns - 1, options) ? -1 : LikelyLabel(sample);
        if (options.HasHeader is null)
        {
            log.Guess($"the first line of {path} is taken as an image, for it holds numbers only "
                + "(LoadOptions.HasHeader = true says otherwise)");
        }

        if (options.Label is null)
        {
            log.Guess(Label < 0 ? $"{path} is taken as without labels, for {Columns} numbers are an image "
                    + "(LoadOptions.Label = first says otherwise)"
                : $"the labels of {path} are taken from the {(Label == 0 ? "first" : "last")} column "
                    + $"(LoadOptions.Label = {(Label == 0 ? "last" : "first")} says otherwise)");
        }

        for (var column = 0; column < Columns; column++)
        {
            PixelOf[column] = column == Label ? -1 : Pixels++;
        }
    }

    private static bool IsImage(int pixels, ReadAs options)
    {
        if (options.Size is { } size)
        {
            return pixels == size.Width * size.Height || pixels == 3 * size.Width * size.Height;
        }

        var (side, colour) = ((int)Math.Round(Math.Sqrt(pixels)), (int)Math.Round(Math.Sqrt(pixels / 3.0)));
        return pixels > 0 && (side * side == pixels || 3 * colour * colour == pixels);
    }

    /// <summary>The first or the last column: one of whole numbers, of which there is more than one.</summary>
    private int LikelyLabel(IReadOnlyList<string[]> sample)
    {
        var (first, last) = (Values(0), Values(Columns - 1));
        return first is null || (last is not null && first.Count == 1 && last.Count > 1) ? Columns - 1 : 0;

        HashSet<string>? Values(int column)
        {
            var values = sample.Where(line => line.Length == Columns).Select(line => line[column]).ToHashSet();
            return values.All(value => double.TryParse(value.Replace(',', '.'), NumberStyles.Float,
                CultureInfo.InvariantCulture, out var number) && number == Math.Floor(number)) ? values : null;
        }
    }

    private int Asked(string path, string asked)
    {
        var column = asked.ToLowerInvariant() switch
        {
            "none" => -1,
            "first" => 0,
            "last" => Columns - 1,
            _ => names is not null && Array.FindIndex(names, name =>
                name.Equals(asked, StringComparison.OrdinalIgnoreCase)) is >= 0 and var named ? named
                : int.TryParse(asked, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number - 1
                : Columns,
        };
        return column < Columns && column >= -1 ? column
            : throw new UserErrorException("There is no such column",
                where: $"LoadOptions.Label = {Plain.Text(asked, 30)}",
                expected: $"first, last, none, a number from 1 to {Columns}, or a name in the first line of {path}",
                found: Plain.Text(asked, 30), todo: "name the column of the labels");
    }

    /// <summary>The cells of a line as text, without quotes.</summary>
    public static string[] Cells(ReadOnlySpan<byte> line, byte separator)
    {
        var cells = new List<string>();
        var rest = line;
        while (true)
        {
            var cell = CsvCell.Next(ref rest, separator, out var isLast);
            cells.Add(Encoding.UTF8.GetString(cell));
            if (isLast)
            {
                return [.. cells];
            }
        }
    }

    [GeneratedRegex(@"^[^0-9]*?([0-9]{1,7})$")]
    private static partial Regex Numbered();

    [GeneratedRegex(@"^[^0-9]*?([0-9]{1,4})[xX_×]([0-9]{1,4})$")]
    private static partial Regex Grid();
}
