using System.Text;

namespace MnistGpu.Data.Formats;

/// <summary>A table of two columns, the paths of pictures and their classes.</summary>
internal static class PictureList
{
    /// <summary>The pictures that a file lists, their paths from its folder on; null for no such list.</summary>
    /// <exception cref="UserErrorException">A line has no class, or a picture is missing.</exception>
    public static IReadOnlyList<(string Path, string Class)>? Of(SourcePart part)
    {
        var start = Encoding.UTF8.GetString(part.Start());
        var first = start.TrimStart('\uFEFF').Split('\n')[0].TrimEnd('\r');
        var separator = (char)CsvLayout.SeparatorOf(Encoding.UTF8.GetBytes(first));
        if (Path.GetExtension(part.Path).ToLowerInvariant() is not (".csv" or ".tsv") || !File.Exists(part.Path)
            || first.Split(separator).Length != 2)
        {
            return null;
        }

        var folder = Path.GetDirectoryName(Path.GetFullPath(part.Path))!;
        var lines = SourcePart.Reading(part.Path, () => File.ReadLines(part.Path).Take(MostLines + 1).ToArray());
        var pictures = new List<(string, string)>();
        for (var i = 0; i < lines.Length; i++)
        {
            var cells = Array.ConvertAll(lines[i].TrimStart('\uFEFF').Split(separator), cell => cell.Trim().Trim('"'));
            if (cells is [""] || (i == 0 && !File.Exists(Path.Combine(folder, cells[0]))))
            {
                continue;
            }

            var path = Path.Combine(folder, cells[0]);
            if (i == 1 && pictures.Count == 0 && !File.Exists(path))
            {
                return null;
            }

            pictures.Add(cells.Length == 2 && cells[1].Length > 0 && File.Exists(path) ? (path, cells[1])
                : throw new UserErrorException("A line of this list names no picture and its class",
                    where: $"{part.Path}, line {i + 1}", expected: "the path of a picture, and its class",
                    found: Plain.Text(lines[i], 60), todo: "mend this line"));
        }

        return pictures.Count == 0 ? null : pictures;
    }

    private const int MostLines = 10_000_000;
}
