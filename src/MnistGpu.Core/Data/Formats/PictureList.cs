using System.Text;

namespace MnistGpu.Data.Formats;

/// <summary>A table of two columns, the paths of pictures and their classes.</summary>
internal static class PictureList
{
    /// <summary>The pictures that a file lists, their paths from its folder on; null for no such list.</summary>
    /// <param name="part">The file.</param>
    /// <param name="folder">Where it lies.</param>
    /// <exception cref="UserErrorException">A line has no class, or a picture is missing.</exception>
    public static List<ClassedPicture>? Of(SourcePart part, PictureTree folder)
    {
        var start = Encoding.UTF8.GetString(part.Start());
        var first = start.TrimStart('\uFEFF').Split('\n')[0].TrimEnd('\r');
        var separator = (char)CsvLayout.SeparatorOf(Encoding.UTF8.GetBytes(first));
        return Path.GetExtension(part.Name).ToLowerInvariant() is not (".csv" or ".tsv")
            || first.Split(separator).Length != 2 ? null : SourcePart.Reading(part.Path, () =>
            {
                using var file = part.Open();
                using var reader = new StreamReader(file.Stream, Encoding.UTF8);
                return Read(part.Path, folder, reader, separator);
            });
    }

    private static List<ClassedPicture>? Read(string source, PictureTree folder, StreamReader reader, char separator)
    {
        var pictures = new List<ClassedPicture>();
        var line = new StringBuilder();
        for (var i = 0; Next(reader, line); i++)
        {
            if (pictures.Count == MostPictures)
            {
                throw new UserErrorException("This list names too many pictures", where: source,
                    expected: $"at most {MostPictures:N0}", found: "more", todo: "leave some out");
            }

            var cells = Array.ConvertAll(line.ToString().Split(separator), cell => cell.Trim().Trim('"'));
            var picture = cells[0].Length == 0 ? null : folder.Find(cells[0]);
            if (cells is [""] || (i == 0 && picture is null))
            {
                continue;
            }

            if (i == 1 && pictures.Count == 0 && picture is null)
            {
                return null;
            }

            pictures.Add(cells.Length == 2 && cells[1].Length > 0 && picture is not null
                ? new ClassedPicture(picture, cells[1])
                : throw new UserErrorException("A line of this list names no picture and its class",
                    where: $"{source}, line {i + 1}", expected: "the path of a picture, and its class",
                    found: Plain.Text(line.ToString(), 60), todo: "mend this line"));
        }

        return pictures.Count == 0 ? null : pictures;
    }

    /// <summary>The next line, of which no more than <see cref="LongestLine"/> characters are kept; false for
    /// none.</summary>
    private static bool Next(StreamReader reader, StringBuilder line)
    {
        line.Clear();
        var got = reader.Read();
        var isLine = got >= 0;
        for (; got >= 0 && got != '\n'; got = reader.Read())
        {
            if (line.Length < LongestLine)
            {
                line.Append((char)got);
            }
        }

        return isLine;
    }

    // A path and a name: what is longer names no picture.
    private const int LongestLine = 1 << 13;

    // More would fill the memory with paths.
    private const int MostPictures = 2_000_000;
}
