using MnistGpu.Files;

namespace MnistGpu.Data.Formats;

/// <summary>What stands before the lines of a table.</summary>
/// <param name="Separator">What is between two cells.</param>
/// <param name="Names">The columns' names; null where there are none.</param>
/// <param name="Length">Its bytes.</param>
/// <param name="Lines">Its lines.</param>
internal sealed record TableHeader(byte Separator, string[]? Names, int Length, int Lines)
{
    /// <summary>A CSV file's: its first line, where that names columns.</summary>
    /// <exception cref="UserErrorException">It is another kind of file.</exception>
    public static TableHeader OfCsv(SourcePart part, byte[] start, ReadAs options)
    {
        if (KnownFile.Recognize(start) is { } known)
        {
            throw new UserErrorException("This is no CSV file", where: part.Path,
                expected: "label,pixel0,pixel1,…,pixel783 in its first line, or numbers", found: known.Name,
                todo: known.WayOut);
        }

        var mark = start.AsSpan().StartsWith("\uFEFF"u8) ? 3 : 0;
        var text = start.AsSpan(mark);
        var end = text.IndexOfAny((byte)'\n', (byte)'\r');
        var line = end < 0 ? text : text[..end];
        var separator = CsvLayout.SeparatorOf(line);
        var cells = CsvLayout.Cells(line, separator);
        var hasHeader = options.HasHeader ?? CsvLayout.IsHeader(cells);
        if (hasHeader && cells.Length < 4)
        {
            throw new UserErrorException("This is no table of images", where: $"{part.Path}, line 1",
                expected: "label,pixel0,pixel1,…,pixel783, or numbers",
                found: cells.All(cell => cell.Length == 0) ? "nothing"
                    : $"'{Plain.Text(string.Join(',', cells), 40)}'",
                todo: "name a CSV file of images");
        }

        var length = mark + (!hasHeader ? 0 : end < 0 ? text.Length
            : end + (text[end] == '\r' && end + 1 < text.Length && text[end + 1] == '\n' ? 2 : 1));
        return new TableHeader(separator, hasHeader ? cells : null, length, hasHeader ? 1 : 0);
    }
}
