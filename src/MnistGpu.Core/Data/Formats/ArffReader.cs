using System.Text;
using System.Text.RegularExpressions;

namespace MnistGpu.Data.Formats;

/// <summary>
/// Reads ARFF as Weka and OpenML write it (waikato.github.io/weka-wiki/formats_and_processing/arff_stable): lines
/// @attribute NAME TYPE, then @data and a CSV line for each image. Sparse lines are refused.
/// </summary>
internal static partial class ArffReader
{
    /// <summary>Whether a file is ARFF, by its first line that is no comment.</summary>
    public static bool IsArff(byte[] start, string name)
    {
        var text = Encoding.Latin1.GetString(start.AsSpan(start.AsSpan().StartsWith("\uFEFF"u8) ? 3 : 0));
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            var rest = line.Trim();
            if (!rest.IsEmpty && rest[0] != '%')
            {
                return rest.StartsWith("@relation", StringComparison.OrdinalIgnoreCase) && rest.Length > 9
                    && char.IsWhiteSpace(rest[9]);
            }
        }

        return false;
    }

    /// <summary>Reads a file; labels are null where no attribute is called a class.</summary>
    /// <exception cref="UserErrorException">It cannot be read, or holds no images.</exception>
    public static RawSet Read(SourcePart part, ReadAs options, ReadLog log, int most) =>
        CsvReader.ReadTable(part, options, log, most, Header);

    private static TableHeader Header(SourcePart part, byte[] start, ReadAs options)
    {
        var names = new List<string>();
        var (at, lines) = (0, 0);
        while (at < start.Length)
        {
            var end = start.AsSpan(at).IndexOf((byte)'\n');
            var length = end < 0 ? start.Length - at : end + 1;
            var line = Encoding.UTF8.GetString(start, at, length).Trim();
            at += length;
            lines++;
            if (line.StartsWith("@data", StringComparison.OrdinalIgnoreCase))
            {
                return names.Count > 0 && (at >= start.Length || start[at] != '{')
                    ? new TableHeader((byte)',', [.. names], at, lines)
                    : throw Refuse(part, lines, "attributes, and a number for each in every line",
                        names.Count == 0 ? "none" : "sparse lines in braces");
            }

            if (Attribute().Match(line) is { Success: true } attribute)
            {
                names.Add(attribute.Groups[1].Value.Trim('\'', '"'));
            }
        }

        throw Refuse(part, lines, "@data behind the attributes", "the file's end");
    }

    private static UserErrorException Refuse(SourcePart part, int line, string expected, string found) =>
        new("This ARFF file cannot be read", where: $"{part.Path}, line {line}", expected: expected, found: found,
            todo: "write it as CSV");

    [GeneratedRegex("^@attribute\\s+('[^']*'|\"[^\"]*\"|\\S+)\\s", RegexOptions.IgnoreCase)]
    private static partial Regex Attribute();
}
