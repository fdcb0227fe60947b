using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using MnistGpu.Data.Pictures;
using MnistGpu.Data.Pictures.Decoding;
using MnistGpu.Files.Parquet;

namespace MnistGpu.Data.Formats;

/// <summary>
/// Reads Parquet as Hugging Face stores sets of pictures: a column of whole picture files, image.bytes, and one of
/// labels, a row for each image.
/// </summary>
internal static class ParquetReader
{
    private const string Last = "last", First = "first", None = "none";

    // What a file that is packed as a whole may unpack to.
    private const int MostBytes = 1 << 30;

    // The smallest PNG has 67 bytes. Fewer in the file mean that rows share one.
    private const int BytesOfARow = 32;

    // UTF-8 takes no more for a UTF-16 character.
    private const int BytesOfACharacter = 3;

    /// <summary>Whether a file is Parquet.</summary>
    public static bool IsParquet(byte[] start, string name) => ParquetFile.IsParquet(start);

    /// <summary>Reads a file; labels are null where it has none.</summary>
    /// <exception cref="UserErrorException">It cannot be read, or holds no pictures.</exception>
    public static RawSet Read(SourcePart part, ReadAs options, ReadLog log, int mostImages) =>
        SourcePart.Reading(part.Path, () =>
        {
            using var file = part.Open();
            var most = file.IsPacked ? MostBytes : Array.MaxLength;
            if (!file.IsPacked && file.Room > most)
            {
                throw TooLong(part, most, $"{file.Room:N0}");
            }

            var room = Math.Min(file.Room, most);
            var bytes = file.Read(room, room);
            if (bytes.Length == most && file.Stream.ReadByte() >= 0)
            {
                throw TooLong(part, most, "more");
            }

            try
            {
                return Read(part, bytes, options, log, mostImages);
            }
            catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
            {
                throw new UserErrorException("This Parquet file cannot be read", where: part.Path,
                    expected: "a whole file, with pages packed by Snappy, gzip or not at all", found: e.Message,
                    todo: "get it again, or write it anew (in Python: pandas.read_parquet, then to_parquet)", inner: e);
            }
        });

    private static RawSet Read(SourcePart part, byte[] bytes, ReadAs options, ReadLog log, int most)
    {
        var parquet = ParquetFile.Read(bytes);
        var images = Images(part, parquet, options, log);
        if (parquet.Rows == 0 || parquet.Rows > bytes.Length / BytesOfARow)
        {
            throw new InvalidDataException($"{parquet.Rows:N0} pictures in {bytes.Length:N0} bytes");
        }

        var stored = ParquetPages.Read(bytes, images, parquet.Rows).Texts;
        var labels = Labels(part, parquet, images, options, log);
        var pictures = stored.Take(most).Select((picture, j) => new StoredPicture($"row {j + 1}",
            $"{part.Path}, row {j + 1}", picture.ToArray)).ToArray();
        var (width, height, channels, isOneSize) = PictureShape.Measure(pictures, options, log);
        var shape = new DataShape(width, height, channels, DataShape.Numbers(1));
        return new RawSet(width, height, channels, Decoded(part, pictures, FirstOfEach(stored), shape,
            isOneSize ? log : null),
            labels is null ? null : Values(ParquetPages.Read(bytes, labels, parquet.Rows), part), part.Path)
        {
            KnownNames = labels is null || parquet.Features is not { } features ? null : NamesIn(features, labels.Name),
        };
    }

    /// <summary>The names of a column's classes, in order; null where they are not told, or cannot be.</summary>
    private static ImmutableArray<string>? NamesIn(string features, string column)
    {
        try
        {
            using var json = JsonDocument.Parse(features);
            var names = json.RootElement.GetProperty("info").GetProperty("features").GetProperty(column)
                .GetProperty("names").EnumerateArray()
                .Select(name => Plain.Text(name.GetString() ?? "", DataShape.MaxName)).ToImmutableArray();
            return DataShape.Fault(1, 1, 1, names) is null ? names : null;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>The column that the user names; else the longest of bytes among those that are called images; else the
    /// longest of all.</summary>
    private static ParquetColumn Images(SourcePart part, ParquetFile parquet, ReadAs options, ReadLog log)
    {
        var columns = parquet.Columns.Where(column => column.Type == ParquetType.Bytes && !column.IsRepeated
            && column.Name != options.Label).ToArray();
        if (options.Picture is { } said)
        {
            return Array.Find(columns, column => column.Name == said)
                ?? columns.Where(column => Root(column) == said).MaxBy(column => column.Length)
                ?? throw new UserErrorException("There is no such column of pictures", where: part.Path,
                    expected: columns.Length == 0 ? "none" : Names(columns), found: $"'{Plain.Text(said, 60)}'",
                    todo: "name one of them: LoadOptions.Picture = NAME");
        }

        var called = Array.FindAll(columns, column => PartName.Words(Root(column)) is var words
            && (words.Contains("image") || words.Contains("images") || words.Contains("img")));
        var found = called.Length > 0 ? called : columns;
        var longest = found.MaxBy(column => column.Length) ?? throw NoPictures(part, parquet);
        if (found.Any(column => Root(column) != Root(longest)))
        {
            log.Guess($"the pictures of {part.Path} are its column '{Plain.Text(longest.Name, 40)}', the longest of "
                + $"{found.Select(Root).Distinct().Count()} that may hold them (LoadOptions.Picture = NAME says "
                + "otherwise)");
        }

        return longest;
    }

    private static UserErrorException NoPictures(SourcePart part, ParquetFile parquet) =>
        new("This Parquet file holds no pictures", where: part.Path,
            expected: "a column of picture files, as Hugging Face stores them (image.bytes), and one of labels",
            found: $"the columns {Names(parquet.Columns)}",
            todo: "write it as CSV (in Python: pandas.read_parquet, then to_csv)");

    /// <summary>The column that the user names; else the one that is called so, or the only one of numbers.</summary>
    private static ParquetColumn? Labels(SourcePart part, ParquetFile parquet, ParquetColumn images, ReadAs options,
        ReadLog log)
    {
        var others = parquet.Columns.Where(column => column.Type is not null && !column.IsRepeated
            && Root(column) != Root(images)).ToArray();
        if (options.Label is { } said)
        {
            return said.Equals(None, StringComparison.OrdinalIgnoreCase) ? null
                : (said.ToLowerInvariant() switch
                {
                    First => others.FirstOrDefault(),
                    Last => others.LastOrDefault(),
                    _ => Array.Find(others, column => column.Name == said),
                }) ?? throw new UserErrorException("There is no such column of labels", where: part.Path,
                    expected: others.Length == 0 ? "none" : Names(others), found: $"'{said}'",
                    todo: "name one of them: LoadOptions.Label = NAME");
        }

        var called = Array.FindAll(others, column => PartName.Words(column.Name) is var words
            && (words.Contains("label") || words.Contains("labels") || words.Contains("class")));
        var numbers = Array.FindAll(others, column => column.Type != ParquetType.Bytes);
        var found = called.Length > 0 ? called : numbers;
        if (found.Length > 1)
        {
            throw new UserErrorException("Several columns may be the labels", where: part.Path,
                expected: "one, or its name", found: Names(found), todo: "name it: LoadOptions.Label = NAME");
        }

        if (called.Length == 0 && found is [var only])
        {
            log.Guess($"the labels of {part.Path} are its column '{Plain.Text(only.Name, 40)}', the only one of "
                + "numbers (LoadOptions.Label = NAME says otherwise)");
        }

        return found.FirstOrDefault();
    }

    private static RawLabels Values(ParquetValues values, SourcePart part)
    {
        if (values.Texts.Count == 0)
        {
            return new RawLabels([.. values.Numbers.Select((value, j) => RawSet.Whole(value, part.Path, j))]);
        }

        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        var indices = values.Texts.Select(text => text.Length <= BytesOfACharacter * DataShape.MaxName
            ? Encoding.UTF8.GetString(text.Span) : throw TooLongName(part, text.Span)).Select(name =>
            numbers.TryGetValue(name, out var index) ? index : numbers[name] = numbers.Count).ToArray();
        return new RawLabels(indices, [.. numbers.Keys]);
    }

    /// <summary>For each row the first that holds the very same bytes of the file: rows may share a picture.</summary>
    private static int[] FirstOfEach(List<ReadOnlyMemory<byte>> pictures)
    {
        var rows = new Dictionary<ArraySegment<byte>, int>();
        var first = new int[pictures.Count];
        for (var j = 0; j < first.Length; j++)
        {
            var isShared = MemoryMarshal.TryGetArray(pictures[j], out var bytes) && !rows.TryAdd(bytes, j);
            first[j] = isShared ? rows[bytes] : j;
        }

        return first;
    }

    /// <summary>The pictures at one size, each that rows share decoded once.</summary>
    private static byte[] Decoded(SourcePart part, StoredPicture[] pictures, int[] first, DataShape shape, ReadLog? log)
    {
        if (pictures.Length > Array.MaxLength / shape.Pixels)
        {
            throw new UserErrorException("There are too many images", where: part.Path,
                expected: $"at most {Array.MaxLength / shape.Pixels}", found: $"{pictures.Length}",
                todo: "leave some out (TrainingOptions.Limit), or give a smaller LoadOptions.Size");
        }

        var pixels = new byte[pictures.Length * shape.Pixels];
        var errors = new UserErrorException?[pictures.Length];
        var scaled = new bool[pictures.Length];
        Parallel.For(0, pictures.Length, (j, loop) =>
        {
            if (first[j] < j)
            {
                return;
            }

            try
            {
                var file = pictures[j].Bytes();
                SmallPicture.Decode(file, pictures[j].Path, shape).CopyTo(pixels.AsSpan(j * shape.Pixels));
                scaled[j] = PictureReader.SizeOf(file, pictures[j].Path) != (shape.Width, shape.Height);
            }
            catch (UserErrorException e)
            {
                errors[j] = e;
                loop.Break();
            }
        });
        if (Array.Find(errors, e => e is not null) is { } error)
        {
            throw error;
        }

        for (var j = 0; j < pictures.Length; j++)
        {
            pixels.AsSpan(first[j] * shape.Pixels, shape.Pixels).CopyTo(pixels.AsSpan(j * shape.Pixels));
            scaled[j] = scaled[first[j]];
        }

        PictureShape.SayScaled(scaled.Count(isScaled => isScaled), shape, part.Path, log);
        return pixels;
    }

    private static UserErrorException TooLongName(SourcePart part, ReadOnlySpan<byte> text) =>
        new("This is no name for a class", where: part.Path, expected: $"1 to {DataShape.MaxName} characters",
            found: Plain.Text(Encoding.UTF8.GetString(text[..60]), 60) + $" …, {text.Length:N0} bytes",
            todo: "say which column has the labels: LoadOptions.Label = NAME");

    private static UserErrorException TooLong(SourcePart part, int most, string found) =>
        new("This Parquet file is too long", where: part.Path, expected: $"at most {most:N0} bytes, unpacked",
            found: found, todo: "write it as several files of fewer rows, as Hugging Face does");

    private static string Root(ParquetColumn column) => column.Name.Split('.')[0];

    private static string Names(IReadOnlyList<ParquetColumn> columns) => Plain.Text(string.Join(", ",
        columns.Take(8).Select(column => column.Name)) + (columns.Count > 8 ? " …" : ""), 200);
}
