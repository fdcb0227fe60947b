using System.Buffers.Binary;
using System.Runtime.Intrinsics;
using System.Text;

namespace MnistGpu.Data.Formats;

/// <summary>Some whole lines of a table, turned into pixels and labels. Blocks are read on all cores at once.</summary>
/// <param name="layout">Where in a line what is.</param>
/// <param name="path">Where the lines are, for errors.</param>
/// <param name="isKept">Whether the images are wanted, and not only their labels.</param>
internal sealed class CsvBlock(CsvLayout layout, string path, bool isKept)
{
    private const ulong FourZeros = 0x2C302C302C302C30; // "0,0,0,0,"

    private static readonly Vector256<byte> SixteenZeros = Vector256.Create(FourZeros).AsByte();

    private byte[] pixels = [];
    private int[] labels = [];
    private int[] lines = [];

    // Of the first image whose pixels are not what they should be.
    private int stoppedAt = int.MaxValue;
    private (int Line, Func<string, UserErrorException> Error)? pixelFault;

    /// <summary>Whether the images are there, and not only their labels.</summary>
    public bool IsKept => isKept;

    /// <summary>Images read.</summary>
    public int Count { get; private set; }

    /// <summary>Lines read, blank ones included.</summary>
    public int Lines { get; private set; }

    /// <summary>The images' bytes, where all cells are whole numbers from 0 to 255.</summary>
    public ReadOnlySpan<byte> Pixels => pixels.AsSpan(0, pixels.Length == 0 ? 0 : Count * layout.Pixels);

    /// <summary>The images' numbers, where they are read as such.</summary>
    public float[] Numbers { get; private set; } = [];

    /// <summary>A label for each image, where it is a whole number.</summary>
    public ReadOnlySpan<int> Labels => labels.AsSpan(0, Count);

    /// <summary>The line of each image, from 0.</summary>
    public ReadOnlySpan<int> LineOf => lines.AsSpan(0, Count);

    /// <summary>Labels that are no numbers.</summary>
    public List<(int Image, string Text)> Texts { get; } = [];

    /// <summary>Whether a cell is no whole number from 0 to 255: all must then be read as numbers.</summary>
    public bool NeedsNumbers { get; private set; }

    /// <summary>What is wrong with a line.</summary>
    public (int Line, Func<string, UserErrorException> Error)? Fault { get; private set; }

    /// <summary>Reads lines.</summary>
    /// <param name="text">Whole lines; the last may lack its end.</param>
    /// <param name="asNumbers">Whether the pixels are kept as floats.</param>
    public void Read(ReadOnlySpan<byte> text, bool asNumbers)
    {
        var most = text.Length / (2 * layout.Columns - 1) + 1;
        asNumbers &= isKept;
        pixels = asNumbers || !isKept ? [] : new byte[checked(most * layout.Pixels)];
        Numbers = asNumbers ? new float[checked(most * layout.Pixels)] : [];
        labels = new int[most];
        lines = new int[most];
        while (!text.IsEmpty && Fault is null)
        {
            var readsPixels = isKept && stoppedAt == int.MaxValue;
            var length = asNumbers || !readsPixels || !layout.IsPlain || Count == most ? -1 : Fast(text);
            if (length < 0)
            {
                var end = text.IndexOfAny((byte)'\n', (byte)'\r');
                var line = end < 0 ? text : text[..end];
                length = end < 0 ? text.Length
                    : end + (text[end] == '\r' && end + 1 < text.Length && text[end + 1] == '\n' ? 2 : 1);
                if (!line.Trim(" \t"u8).IsEmpty && line[0] != '%')
                {
                    if (readsPixels)
                    {
                        Slow(line, asNumbers);
                    }
                    else
                    {
                        PassOver(line);
                    }
                }
            }

            text = text[length..];
            Lines++;
        }

        if (asNumbers)
        {
            Numbers = Numbers[..(Count * layout.Pixels)];
        }
    }

    /// <summary>Says how many of the images are kept: a wrong pixel behind them is no fault.</summary>
    public void Settle(long kept)
    {
        if (stoppedAt < kept)
        {
            NeedsNumbers = pixelFault is null;
            Fault = pixelFault;
        }
    }

    /// <summary>
    /// A line of bare whole numbers, as most are: its length, or −1 where it is another. Nothing is counted then.
    /// </summary>
    private int Fast(ReadOnlySpan<byte> text)
    {
        var image = pixels.AsSpan(Count * layout.Pixels, layout.Pixels);
        var (at, pixel, label, columns, separator) = (0, 0, 0, layout.Columns, layout.Separator);
        for (var column = 0; column < columns; column++)
        {
            if (separator == ',' && column != layout.Label)
            {
                // Paper: sixteen zeros at once, and four.
                for (; pixel + 16 < image.Length && at + 32 <= text.Length
                    && Vector256.Create(text.Slice(at, 32)) == SixteenZeros; at += 32, pixel += 16, column += 16)
                {
                    image.Slice(pixel, 16).Clear();
                }

                for (; pixel + 4 < image.Length && at + 8 <= text.Length
                    && BinaryPrimitives.ReadUInt64LittleEndian(text[at..]) == FourZeros;
                    at += 8, pixel += 4, column += 4)
                {
                    image.Slice(pixel, 4).Clear();
                }
            }

            var next = at + 4 <= text.Length && column != layout.Label && column < columns - 1
                ? BinaryPrimitives.ReadUInt32LittleEndian(text[at..]) : 0;
            if (next != 0 && CsvCell.Short(next, separator, out var level) is > 0 and var length)
            {
                image[pixel++] = level;
                at += length + 1;
                continue;
            }

            int value = 0, start = at;
            for (uint digit; at < text.Length && (digit = (uint)(text[at] - '0')) <= 9; at++)
            {
                value = 10 * value + (int)digit;
            }

            var isEnd = at >= text.Length || text[at] is (byte)'\n' or (byte)'\r';
            if (at == start || at - start > 3 || isEnd != (column == columns - 1) || (!isEnd && text[at] != separator)
                || (value > 255 && column != layout.Label))
            {
                return -1;
            }

            if (column == layout.Label)
            {
                label = value;
            }
            else
            {
                image[pixel++] = (byte)value;
            }

            at++;
        }

        labels[Count] = label;
        lines[Count++] = Lines;
        return at < text.Length && text[at - 1] == '\r' && text[at] == '\n' ? at + 1 : Math.Min(at, text.Length);
    }

    private void Slow(ReadOnlySpan<byte> line, bool asNumbers)
    {
        if (Count == labels.Length)
        {
            Fail($"{layout.Columns} cells", "fewer", "This line has another number of columns", -1);
            return;
        }

        var rest = line;
        var (isLast, number, texts) = (false, Count * layout.Pixels, Texts.Count);
        for (var column = 0; column < layout.Columns; column++)
        {
            if (isLast)
            {
                Fail($"{layout.Columns}", $"{column}", "This line has another number of columns", -1);
                return;
            }

            var cell = CsvCell.Next(ref rest, layout.Separator, out isLast);
            var pixel = layout.PixelOf[column];
            if (column == layout.Label)
            {
                ReadLabel(cell);
                if (Fault is not null)
                {
                    return;
                }
            }
            else if (pixel >= 0 && !ReadPixel(cell, number + pixel, asNumbers, column))
            {
                stoppedAt = Count;
                Texts.RemoveRange(texts, Texts.Count - texts);
                PassOver(line);
                return;
            }
        }

        if (!isLast)
        {
            Fail($"{layout.Columns}", "more", "This line has another number of columns", -1);
            return;
        }

        lines[Count++] = Lines;
    }

    /// <summary>A line of which only the label is wanted.</summary>
    private void PassOver(ReadOnlySpan<byte> line)
    {
        // Without quotes, cells are counted fast, and the last is found from the end.
        var isBare = layout.Separator is (byte)',' or (byte)';' && line.IndexOfAny((byte)'"', (byte)'\'') < 0;
        var cells = isBare ? line.Count(layout.Separator) + 1 : layout.Columns;
        if (cells != layout.Columns || Count == labels.Length)
        {
            Fail($"{layout.Columns}", cells == layout.Columns ? "fewer" : $"{cells}",
                "This line has another number of columns", -1);
            return;
        }

        var isAtEnd = isBare && layout.Label == layout.Columns - 1;
        line = isAtEnd ? line[(line.LastIndexOf(layout.Separator) + 1)..] : line;
        for (var column = isAtEnd ? layout.Label : 0; column <= layout.Label; column++)
        {
            var cell = CsvCell.Next(ref line, layout.Separator, out var isLast);
            if (column == layout.Label)
            {
                ReadLabel(cell);
            }
            else if (isLast)
            {
                Fail($"{layout.Columns}", $"{column + 1}", "This line has another number of columns", -1);
                return;
            }
        }

        lines[Count++] = Lines;
    }

    private bool ReadPixel(ReadOnlySpan<byte> cell, int at, bool asNumbers, int column)
    {
        if (!CsvCell.IsNumber(cell, layout.Separator, out var value))
        {
            var found = cell.IsEmpty ? "nothing" : $"'{Plain.Text(Encoding.UTF8.GetString(cell), 30)}'";
            pixelFault = Wrong("a number", found, "A pixel is no number", column);
            return false;
        }

        if (asNumbers)
        {
            Numbers[at] = (float)value;
            return true;
        }

        var isByte = value is >= 0 and <= 255 && value == Math.Floor(value);
        pixels[at] = isByte ? (byte)value : (byte)0;
        return isByte;
    }

    private void ReadLabel(ReadOnlySpan<byte> cell)
    {
        if (cell.IsEmpty)
        {
            Fail("a label", "nothing", "A label is missing", layout.Label);
        }
        else if (CsvCell.IsNumber(cell, layout.Separator, out var value) && value == Math.Floor(value)
            && Math.Abs(value) < int.MaxValue)
        {
            labels[Count] = (int)value;
        }
        else
        {
            Texts.Add((Count, Encoding.UTF8.GetString(cell)));
        }
    }

    private void Fail(string expected, string found, string what, int column) =>
        Fault ??= Wrong(expected, found, what, column);

    private (int Line, Func<string, UserErrorException> Error) Wrong(string expected, string found, string what,
        int column)
    {
        var place = column < 0 ? "" : $", column {column + 1} ({layout.NameOf(column)})";
        return (Lines, line => new UserErrorException(what, where: $"{path}, line {line}{place}",
            expected: expected, found: found, todo: column < 0 ? "mend this line" : "mend this cell"));
    }
}
