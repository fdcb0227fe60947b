using System.Text;
using MnistGpu.Files;

namespace MnistGpu.Data.Formats;

/// <summary>
/// Reads the tutorial's CSV (Kaggle's Digit Recognizer, train.csv): the header label,pixel0,…,pixel783, then a line
/// per image.
/// </summary>
/// <remarks>Every cell is a whole number below 256 and never quoted, so one pass over the bytes does, without a string
/// per cell.</remarks>
public static class CsvReader
{
    private const int Columns = DigitSet.Pixels + 1;

    /// <summary>The least bytes of a line: a digit and a separator per cell.</summary>
    private const int LeastLine = 2 * Columns - 1;

    /// <summary>Reads a file. Blank lines are skipped; lines may end in LF or CR LF.</summary>
    /// <exception cref="UserErrorException">The file cannot be read or is not in this format; the message names line
    /// and column.</exception>
    public static DigitSet Read(string path)
    {
        try
        {
            using var file = RegularFile.Open(path);
            return new Parser(path, file).Parse();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw Unreadable(path, e);
        }
    }

    /// <summary>Whether the first column of a file is called label.</summary>
    /// <exception cref="UserErrorException">The file cannot be read.</exception>
    internal static bool HasLabels(string path)
    {
        try
        {
            using var file = RegularFile.Open(path);
            Span<byte> start = stackalloc byte[16];
            var read = start[..file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
            return Encoding.UTF8.GetString(read).TrimStart('\uFEFF', '"').StartsWith("label", StringComparison.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw Unreadable(path, e);
        }
    }

    private static UserErrorException Unreadable(string path, Exception e) =>
        new("This file cannot be read", where: path, found: e.Message,
            todo: "name an ordinary file that you may read", inner: e);

    private sealed class Parser(string path, FileStream file)
    {
        private readonly byte[] _buffer = new byte[1 << 17];
        private int _at;
        private int _end;
        private long _before;

        public DigitSet Parse()
        {
            ReadHeader();
            var most = (file.Length - _before - _at) / LeastLine + 1;
            if (most * DigitSet.Pixels > Array.MaxLength)
            {
                most = Array.MaxLength / DigitSet.Pixels;
            }

            var pixels = new byte[most * DigitSet.Pixels];
            var labels = new byte[most];
            var count = 0;
            for (var line = 2; ; line++)
            {
                var first = Next();
                if (first < 0)
                {
                    break;
                }

                if (first == '\n' || (first == '\r' && Peek() == '\n' && Next() == '\n'))
                {
                    continue;
                }

                if (count == most)
                {
                    throw new UserErrorException("This file holds too many images", where: $"{path}, line {line}",
                        expected: $"at most {most}",
                        todo: "split it");
                }

                _at--;
                labels[count] = ReadLine(line, pixels.AsSpan(count * DigitSet.Pixels, DigitSet.Pixels));
                count++;
            }

            return count > 0
                ? new DigitSet(pixels.AsMemory(0, count * DigitSet.Pixels), labels.AsMemory(0, count), path)
                : throw new UserErrorException("This file holds no image", where: path,
                    expected: "at least one line below the header", found: "the header only");
        }

        private byte ReadLine(int line, Span<byte> pixels)
        {
            byte label = 0;
            for (var column = 0; column < Columns; column++)
            {
                var start = _before + _at;
                int value = 0, digits = 0, c;
                while ((uint)((c = Next()) - '0') <= 9 && digits < 4)
                {
                    value = 10 * value + (c - '0');
                    digits++;
                }

                if (c == '\r' && Peek() == '\n')
                {
                    c = Next();
                }

                var lineEnds = c is '\n' or < 0;
                if (digits == 0 || (c != ',' && !lineEnds) || value > (column == 0 ? 9 : 255))
                {
                    throw new UserErrorException(column == 0 ? "A label is no digit" : "A pixel is no byte",
                        where: $"{path}, line {line}, column {column + 1} ({Name(column)})",
                        expected: column == 0 ? "a whole number from 0 to 9" : "a whole number from 0 to 255",
                        found: Cell(start), todo: column == 0 && value == 10
                            ? "is 10 the zero? then write 0 for it, as in MNIST" : "mend this cell");
                }

                if (lineEnds != (column == Columns - 1))
                {
                    throw new UserErrorException("This line has another number of columns",
                        where: $"{path}, line {line}",
                        expected: $"{Columns}: label and pixel0 to pixel783",
                        found: lineEnds ? $"{column + 1}" : "more", todo: "mend this line");
                }

                if (column == 0)
                {
                    label = (byte)value;
                }
                else
                {
                    pixels[column - 1] = (byte)value;
                }
            }

            return label;
        }

        private void ReadHeader()
        {
            // Long enough for the right header; a longer line is wrong whatever it says.
            const int Longest = 20_000;
            var text = new StringBuilder();
            for (int c; (c = Next()) >= 0 && c != '\n' && text.Length < Longest;)
            {
                text.Append((char)c);
            }

            const string Mark = "\u00EF\u00BB\u00BF"; // UTF-8's byte order mark, byte by byte
            var header = text.ToString();
            header = header.StartsWith(Mark, StringComparison.Ordinal) ? header[Mark.Length..] : header;
            var names = header.TrimEnd('\r').Split(',');
            for (var column = 0; column < Columns; column++)
            {
                var found = column < names.Length ? names[column].Trim().Trim('"') : null;
                if (found == Name(column))
                {
                    continue;
                }

                if (column == 0 && found == "pixel0")
                {
                    throw new UserErrorException("These images have no labels", where: $"{path}, line 1, column 1",
                        expected: "label", found: "pixel0",
                        todo: "use the training file (train.csv): "
                            + "digits without labels can be neither learnt nor tested");
                }

                if (column == 0 && KnownFile.Refusal(path, "This is no CSV file",
                    "label,pixel0,pixel1,…,pixel783 in its first line") is { } refusal)
                {
                    throw refusal;
                }

                throw new UserErrorException("A column is missing", where: $"{path}, line 1, column {column + 1}",
                    expected: Name(column),
                    found: found is null ? "the end of the line" : $"'{Short(found)}'",
                    todo: "make the first line label,pixel0,pixel1,…,pixel783");
            }

            if (names.Length > Columns)
            {
                throw new UserErrorException("There are too many columns", where: $"{path}, line 1",
                    expected: $"{Columns}: label and pixel0 to pixel783",
                    found: $"{names.Length}", todo: "remove the others");
            }
        }

        private int Peek() => _at < _end || Fill() ? _buffer[_at] : -1;

        private int Next() => _at < _end || Fill() ? _buffer[_at++] : -1;

        private bool Fill()
        {
            // The last byte stays in front, so that a step back is always possible.
            var keep = _end > 0 ? 1 : 0;
            if (keep == 1)
            {
                _before += _end - 1;
                _buffer[0] = _buffer[_end - 1];
            }

            var got = file.Read(_buffer, keep, _buffer.Length - keep);
            _at = keep;
            _end = keep + got;
            return got > 0;
        }

        private string Cell(long start)
        {
            Span<byte> cell = stackalloc byte[40];
            file.Position = start;
            cell = cell[..file.ReadAtLeast(cell, cell.Length, throwOnEndOfStream: false)];
            var end = cell.IndexOfAny((byte)',', (byte)'\n', (byte)'\r');
            return end == 0 || cell.IsEmpty ? "nothing"
                : $"'{Short(Encoding.UTF8.GetString(end < 0 ? cell : cell[..end]))}'";
        }

        private static string Name(int column) => column == 0 ? "label" : $"pixel{column - 1}";

        private static string Short(string text) => text.Length <= 30 ? text : text[..30] + "…";
    }
}
