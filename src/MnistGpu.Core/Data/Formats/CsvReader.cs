using System.Globalization;
using MnistGpu.Files;

namespace MnistGpu.Data.Formats;

/// <summary>
/// Reads images from a table, a line each: with or without a first line of names, the label in any column or none, the
/// pixels in any order that their names tell, parted by commas, semicolons, tabs or blanks, raw, .gz or in a .zip.
/// </summary>
/// <remarks>
/// Whole lines are read on all cores. Cells that are whole numbers from 0 to 255 become bytes at once; the first that
/// is another has the file read again as floats.
/// </remarks>
internal static class CsvReader
{
    private const int BlockLength = 1 << 22;

    // A longer first line is that of no table of images.
    private const int LongestLine = 1 << 24;

    /// <summary>Reads a file of labelled images.</summary>
    /// <exception cref="UserErrorException">The file cannot be read or is not in this format; the message names line
    /// and column.</exception>
    public static DigitSet Read(string path)
    {
        var log = new ReadLog();
        return Labelled.Make(Read(SourcePart.Of(path), ReadAs.Guessed, log), test: null, path, log).Train;
    }

    /// <summary>Whether a file may be a table: by its name, or by a first line of many cells.</summary>
    internal static bool IsCsv(byte[] start, string name)
    {
        if (Path.GetExtension(name).ToLowerInvariant() is ".csv" or ".tsv")
        {
            return true;
        }

        var end = start.AsSpan().IndexOfAny((byte)'\n', (byte)'\r');
        var line = end < 0 ? start : start.AsSpan(0, end);
        return line.IndexOfAnyExceptInRange((byte)' ', (byte)'~') < 0 && start.Length > 0
            && KnownFile.Recognize(start) is null && CsvLayout.Cells(line, CsvLayout.SeparatorOf(line)).Length > 16;
    }

    /// <summary>Reads a file; labels are null where it has none.</summary>
    /// <exception cref="UserErrorException">It cannot be read, or is no table of images.</exception>
    internal static RawSet Read(SourcePart part, ReadAs options, ReadLog log, int most = int.MaxValue) =>
        ReadTable(part, options, log, most, TableHeader.OfCsv);

    /// <summary>Reads a table behind a header of any kind.</summary>
    /// <param name="part">The file.</param>
    /// <param name="options">What the user says.</param>
    /// <param name="log">Is told what was guessed.</param>
    /// <param name="most">How many images are kept; of the lines behind them only the labels are read.</param>
    /// <param name="header">Reads the header of the first bytes: the columns' names, null for none, its length and its
    /// lines.</param>
    internal static RawSet ReadTable(SourcePart part, ReadAs options, ReadLog log, int most,
        Func<SourcePart, byte[], ReadAs, TableHeader> header) => SourcePart.Reading(part.Path, () =>
    {
        using var file = part.Open();
        var start = FirstLines(part, file);
        var found = header(part, start, options);
        var sample = Sample(start.AsSpan(found.Length), found.Separator);
        if (sample.Count == 0)
        {
            throw new UserErrorException("This file holds no image", where: part.Path,
                expected: "at least one line below the header", found: "the header only", todo: "name another file");
        }

        var layout = CsvLayout.Of(part.Path, found.Separator, found.Names, sample, options, log);
        var blocks = ReadBlocks(part, file, start, found, layout, most, asNumbers: options.Range is not null);
        if (blocks.Exists(block => block.NeedsNumbers))
        {
            using var again = part.Open();
            blocks = ReadBlocks(part, again, FirstLines(part, again), found, layout, most, asNumbers: true);
        }

        return Join(part, blocks, found, layout, most, options, log);
    });

    /// <summary>The first block, with at least the first line whole.</summary>
    private static byte[] FirstLines(SourcePart part, Unpacked file)
    {
        // A small file needs no large array, which the runtime would clear and soon collect. Its length may be a lie of
        // a zip file's directory, or grow.
        var start = new byte[Math.Clamp(file.Room, 0, BlockLength - 1) + 1];
        var got = file.Stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        if (got == start.Length && got < BlockLength)
        {
            Array.Resize(ref start, BlockLength);
            got += file.Stream.ReadAtLeast(start.AsSpan(got), BlockLength - got, throwOnEndOfStream: false);
        }

        return got < BlockLength || start.AsSpan().ContainsAny((byte)'\n', (byte)'\r') ? start[..got]
            : throw new UserErrorException("This is no CSV file", where: $"{part.Path}, line 1",
                expected: $"a line of at most {BlockLength:N0} bytes", found: "a longer one",
                todo: "name another file");
    }

    private static List<string[]> Sample(ReadOnlySpan<byte> text, byte separator)
    {
        var sample = new List<string[]>();
        while (!text.IsEmpty && sample.Count < CsvLayout.SampleLines)
        {
            var end = text.IndexOfAny((byte)'\n', (byte)'\r');
            var line = end < 0 ? text : text[..end];
            if (!line.Trim(" \t"u8).IsEmpty && line[0] != '%')
            {
                sample.Add(CsvLayout.Cells(line, separator));
            }

            text = end < 0 ? [] : text[(end + 1)..];
        }

        return sample;
    }

    private static List<CsvBlock> ReadBlocks(SourcePart part, Unpacked file, byte[] start, TableHeader header,
        CsvLayout layout, int most, bool asNumbers)
    {
        var (blocks, done, read) = (new List<CsvBlock>(), 0, 0L);
        var tasks = new Queue<Task>();
        var rest = start.AsMemory(header.Length);
        long images = 0, length = start.Length;
        try
        {
            for (var isLast = start.Length < BlockLength; ;)
            {
                var end = isLast ? rest.Length : LastEnd(rest.Span);
                if (end == 0 && !isLast && rest.Length >= LongestLine)
                {
                    throw new UserErrorException("A line is too long", where: part.Path,
                        expected: $"at most {LongestLine:N0} bytes", found: "more", todo: "name another file");
                }

                if (end > 0)
                {
                    var (block, text) = (new CsvBlock(layout, part.Path, isKept: read < most), rest[..end]);
                    blocks.Add(block);
                    tasks.Enqueue(Task.Run(() => block.Read(text.Span, asNumbers)));
                    images += block.IsKept ? end / (2 * layout.Columns - 1) : 0;
                    rest = rest[end..];
                }

                while (tasks.Count > (isLast ? 0 : Environment.ProcessorCount))
                {
                    Settle();
                }

                if (isLast || blocks.Exists(block => block.Fault is not null || block.NeedsNumbers))
                {
                    break;
                }

                var next = new byte[rest.Length + BlockLength];
                rest.CopyTo(next);
                var got = file.Stream.ReadAtLeast(next.AsSpan(rest.Length), BlockLength, throwOnEndOfStream: false);
                length += got;
                isLast = got < BlockLength;
                rest = next.AsMemory(0, rest.Length + got);
                if (images * layout.Pixels * (asNumbers ? sizeof(float) : 1) > 4L * Array.MaxLength)
                {
                    throw TooMany(part.Path, layout);
                }
            }
        }
        finally
        {
            while (tasks.Count > 0)
            {
                Settle();
            }
        }

        if (!blocks.Exists(block => block.Fault is not null || block.NeedsNumbers) && !file.EndsAs(length))
        {
            throw new UserErrorException("This .gz file is damaged", where: $"{part.Path}, the last bytes",
                expected: "the unpacked size",
                found: "something else: the end is missing or does not belong to it", todo: "get the file again");
        }

        return blocks;

        void Settle()
        {
            tasks.Dequeue().GetAwaiter().GetResult();
            blocks[done].Settle(most - read);
            read += blocks[done++].Count;
        }
    }

    /// <summary>Where the last whole line ends; 0 where there is none.</summary>
    private static int LastEnd(ReadOnlySpan<byte> text)
    {
        var end = text.LastIndexOf((byte)'\n');
        // Lines may end in CR alone, but one at the very end may be the first half of CR LF.
        return end >= 0 ? end + 1 : text.Length < 2 ? 0 : text[..^1].LastIndexOf((byte)'\r') + 1;
    }

    private static RawSet Join(SourcePart part, List<CsvBlock> blocks, TableHeader header, CsvLayout layout,
        int most, ReadAs options, ReadLog log)
    {
        var (line, count, kept) = (header.Lines + 1, 0L, 0L);
        var firstLines = new List<int>();
        foreach (var block in blocks)
        {
            if (block.Fault is { } fault)
            {
                throw fault.Error((line + fault.Line).ToString(CultureInfo.InvariantCulture));
            }

            firstLines.Add(line);
            line += block.Lines;
            count += block.Count;
            kept += block.IsKept ? block.Count : 0;
        }

        kept = Math.Min(kept, most);
        if (kept * layout.Pixels > Array.MaxLength || count > Array.MaxLength)
        {
            throw TooMany(part.Path, layout);
        }

        var pixels = new byte[kept * layout.Pixels];
        var asNumbers = blocks.Exists(block => block.Numbers.Length > 0);
        var numbers = asNumbers ? new float[pixels.Length] : [];
        var labels = new int[count];
        var texts = new List<(int Image, string Text)>();
        var at = 0;
        foreach (var block in blocks)
        {
            var own = (int)Math.Clamp(kept - at, 0, block.Count) * layout.Pixels;
            block.Pixels[..(asNumbers ? 0 : own)].CopyTo(pixels.AsSpan((int)Math.Min(at, kept) * layout.Pixels));
            block.Numbers.AsSpan(0, asNumbers ? own : 0).CopyTo(numbers.AsSpan(asNumbers
                ? (int)Math.Min(at, kept) * layout.Pixels : 0));
            block.Labels.CopyTo(labels.AsSpan(at));
            texts.AddRange(block.Texts.Select(text => (at + text.Image, text.Text)));
            at += block.Count;
        }

        pixels = asNumbers ? Levels.From(numbers, options.Range, part.Path, log, Place)
            : Levels.Spread(pixels, part.Path, log);
        var (width, height, channels) = layout.Size;
        pixels = RawSet.PixelByPixel(pixels, channels, width * height, options, part.Path, log);
        return new RawSet(width, height, channels, pixels, layout.Label < 0 ? null
            : texts.Count == 0 ? new RawLabels(labels) : Named(labels, texts), part.Path);

        string Place(int index)
        {
            var column = Array.IndexOf(layout.PixelOf, index % layout.Pixels);
            return $"line {Line(index / layout.Pixels)}, column {column + 1} ({layout.NameOf(column)})";
        }

        int Line(int image)
        {
            var before = 0;
            for (var b = 0; ; b++)
            {
                if (image < before + blocks[b].Count)
                {
                    return firstLines[b] + blocks[b].LineOf[image - before];
                }

                before += blocks[b].Count;
            }
        }

        RawLabels Named(int[] values, List<(int Image, string Text)> named)
        {
            if (named.Count * 20 < values.Length)
            {
                throw new UserErrorException("A label is no number", where: $"{part.Path}, line {Line(named[0].Image)}",
                    expected: "a whole number, as in nearly all lines", found: $"'{Plain.Text(named[0].Text, 30)}'",
                    todo: "mend this cell");
            }

            var own = named.ToDictionary(text => text.Image, text => text.Text);
            var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
            var indices = new int[values.Length];
            for (var j = 0; j < indices.Length; j++)
            {
                var name = own.TryGetValue(j, out var text) ? text
                    : values[j].ToString(CultureInfo.InvariantCulture);
                indices[j] = numbers.TryGetValue(name, out var index) ? index : numbers[name] = numbers.Count;
            }

            return new RawLabels(indices, [.. numbers.Keys]);
        }
    }

    private static UserErrorException TooMany(string path, CsvLayout layout) =>
        new("This file holds too many images", where: path,
            expected: $"at most {Array.MaxLength / layout.Pixels}", found: "more", todo: "split it");
}
