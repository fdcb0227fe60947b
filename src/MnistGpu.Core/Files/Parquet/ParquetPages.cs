using System.Buffers.Binary;
using System.IO.Compression;
using System.Numerics;
using Snappier;
using static MnistGpu.Files.Parquet.ThriftBytes;

namespace MnistGpu.Files.Parquet;

/// <summary>
/// Reads a column's pages (github.com/apache/parquet-format, "Encodings" and "Compression"): plain values or places in
/// a dictionary, packed by Snappy, gzip or not.
/// </summary>
internal sealed class ParquetPages
{
    private const int DataPage = 0, DictionaryPage = 2, DataPage2 = 3;
    private const int Plain = 0, PlainDictionary = 2, RunLengths = 3, RunLengthDictionary = 8;

    // Deflate's limit is zlib's "Maximum Compression Factor"; Snappy's copies of 64 bytes take three.
    private const int GzipMost = 1032, SnappyMost = 22, Slack = 64;

    // Pictures hardly shrink. All pages of a column unpack to at most so many times the file, and this much always.
    private const int MostUnpacked = 64, AlwaysUnpacked = 1 << 20;

    private static readonly string[] Codecs =
        ["none", "Snappy", "gzip", "LZO", "Brotli", "LZ4", "Zstandard", "raw LZ4"];

    private readonly byte[] bytes;
    private readonly ParquetColumn column;
    private readonly ParquetValues values;
    private ParquetValues? dictionary;
    private long left, leftUnpacked;

    private ParquetPages(byte[] bytes, ParquetColumn column, ParquetType type)
    {
        (this.bytes, this.column, Type, values) = (bytes, column, type, new ParquetValues(type));
        // A byte belongs to one page only.
        left = bytes.Length;
        leftUnpacked = AlwaysUnpacked + MostUnpacked * (long)bytes.Length;
    }

    private ParquetType Type { get; }

    /// <summary>The values of a column, one for each row.</summary>
    /// <param name="bytes">The file.</param>
    /// <param name="column">One of its columns, of a type that is known.</param>
    /// <param name="rows">The file's rows.</param>
    /// <exception cref="InvalidDataException">It is damaged, a row has no value, or it is stored in a way that is not
    /// read.</exception>
    public static ParquetValues Read(byte[] bytes, ParquetColumn column, long rows)
    {
        Require(!column.IsRepeated, $"several values in a row of the column {column.Name}");
        var pages = new ParquetPages(bytes, column, column.Type!.Value);
        foreach (var chunk in column.Chunks)
        {
            pages.ReadChunk(chunk, rows);
        }

        Require(pages.values.Count == rows, $"{pages.values.Count:N0} values of {column.Name} for {rows:N0} rows");
        return pages.values;
    }

    private void ReadChunk(ParquetChunk chunk, long rows)
    {
        Require(chunk.Codec is >= 0 and <= (long)ParquetCodec.Gzip, "pages packed by "
            + (chunk.Codec >= 0 && chunk.Codec < Codecs.Length ? Codecs[chunk.Codec] : $"codec {chunk.Codec}"));
        dictionary = null;
        var (at, before) = (chunk.At, values.Count);
        while (values.Count - before < chunk.Values)
        {
            Require(at >= 0 && at < bytes.Length, "a page outside the file");
            var header = Header.Read(new ThriftBytes(bytes.AsMemory((int)at)));
            at += header.Length;
            Require(header.Packed >= 0 && header.Packed <= bytes.Length - at
                && (left -= header.Length + header.Packed) >= 0, "a page that reaches past the file");
            ReadPage(header, bytes.AsMemory((int)at, (int)header.Packed), (ParquetCodec)chunk.Codec,
                rows - values.Count);
            at += header.Packed;
        }
    }

    private void ReadPage(Header header, ReadOnlyMemory<byte> page, ParquetCodec codec, long most)
    {
        if (header.Kind == DictionaryPage)
        {
            Require(header.Encoding is Plain or PlainDictionary, $"a dictionary in encoding {header.Encoding}");
            var entries = Unpack(page, codec, header.Unpacked);
            Require(header.Values >= 0 && header.Values <= entries.Length, "a dictionary longer than its page");
            dictionary = new ParquetValues(Type);
            dictionary.AddPlain(entries, (int)header.Values);
            return;
        }

        if (header.Kind is not (DataPage or DataPage2))
        {
            return;
        }

        Require(header.Values >= 0 && header.Values <= most, $"{header.Values:N0} values in a page");
        var count = (int)header.Values;
        ReadOnlyMemory<byte> levels, data;
        if (header.Kind == DataPage2)
        {
            Require(header.Levels >= 0 && header.Levels <= page.Length && header.RepeatedLevels == 0,
                "levels longer than their page");
            (levels, data) = (page[..(int)header.Levels], page[(int)header.Levels..]);
            data = header.IsPacked ? Unpack(data, codec, header.Unpacked - header.Levels) : data;
        }
        else
        {
            data = Unpack(page, codec, header.Unpacked);
            var length = column.Level == 0 ? -sizeof(int) : data.Length < sizeof(int) ? int.MaxValue
                : BinaryPrimitives.ReadInt32LittleEndian(data.Span);
            Require(length <= data.Length - sizeof(int) && (length >= 0 || column.Level == 0),
                "levels longer than their page");
            levels = column.Level == 0 ? default : data.Slice(sizeof(int), length);
            data = data[(sizeof(int) + length)..];
        }

        var width = 32 - BitOperations.LeadingZeroCount((uint)column.Level);
        if (column.Level > 0 && Array.FindIndex(Runs(levels.Span, width, count), level => level != column.Level) is
            >= 0 and var empty)
        {
            throw new InvalidDataException($"no value of {column.Name} in row {values.Count + empty + 1}");
        }

        if (header.Encoding == Plain)
        {
            values.AddPlain(data, count);
            return;
        }

        Require(header.Encoding is PlainDictionary or RunLengthDictionary, $"values in encoding {header.Encoding}");
        Require(dictionary is not null && data.Length > 0 && data.Span[0] <= 32, "no dictionary before its places");
        foreach (var index in Runs(data.Span[1..], data.Span[0], count))
        {
            values.Add(dictionary!, index);
        }
    }

    private ReadOnlyMemory<byte> Unpack(ReadOnlyMemory<byte> page, ParquetCodec codec, long length)
    {
        var most = (long)page.Length * codec switch
        {
            ParquetCodec.None => 1,
            ParquetCodec.Snappy => SnappyMost,
            _ => GzipMost,
        } + Slack;
        Require(length >= 0 && length <= most && length <= Array.MaxLength, $"a page of {length:N0} bytes unpacked");
        if (codec == ParquetCodec.None)
        {
            Require(length == page.Length, "a page of another length than it says");
            return page;
        }

        leftUnpacked -= length;
        Require(leftUnpacked >= 0, $"a column of more than {MostUnpacked} times the file's length unpacked");
        var unpacked = new byte[length];
        if (codec == ParquetCodec.Snappy)
        {
            Require(length == Snappy.GetUncompressedLength(page.Span)
                && Snappy.Decompress(page.Span, unpacked) == length, "a page of another length than it says");
            return unpacked;
        }

        using var stream = new GZipStream(new MemoryStream(page.ToArray()), CompressionMode.Decompress);
        stream.ReadExactly(unpacked);
        return unpacked;
    }

    /// <summary>Numbers of so many bits, as runs of one and in packs of eight.</summary>
    private static int[] Runs(ReadOnlySpan<byte> data, int width, int count)
    {
        var numbers = new int[count];
        for (var filled = 0; filled < count && width > 0;)
        {
            var head = 0UL;
            for (var shift = 0; ; shift += 7)
            {
                Require(!data.IsEmpty && shift < 35, "an end within a run");
                head |= (ulong)(data[0] & 0x7F) << shift;
                var isLast = data[0] < 0x80;
                data = data[1..];
                if (isLast)
                {
                    break;
                }
            }

            var length = (int)Math.Min(head >> 1, (ulong)(count - filled));
            if ((head & 1) == 0)
            {
                var size = (width + 7) / 8;
                Require(data.Length >= size && length > 0, "a run of nothing");
                var value = 0;
                for (var i = 0; i < size; i++)
                {
                    value |= data[i] << (8 * i);
                }

                Require(value >= 0, "a number of more than 31 bits");
                numbers.AsSpan(filled, length).Fill(value);
                filled += length;
                data = data[size..];
                continue;
            }

            // Each pack takes as many bytes as a number has bits; the last may be cut off where nothing is needed.
            var packed = (int)Math.Min(8L * length, count - filled);
            Require(packed > 0 && ((long)packed * width + 7) / 8 <= data.Length, "an end within a pack");
            for (var i = 0; i < packed; i++)
            {
                var value = 0;
                for (var bit = 0; bit < width; bit++)
                {
                    var place = (long)i * width + bit;
                    value |= (data[(int)(place / 8)] >> (int)(place % 8) & 1) << bit;
                }

                Require(value >= 0, "a number of more than 31 bits");
                numbers[filled++] = value;
            }

            data = data[(int)Math.Min((head >> 1) * (ulong)width, (ulong)data.Length)..];
        }

        return numbers;
    }

    /// <summary>What a page says of itself.</summary>
    private sealed record Header(long Kind, long Unpacked, long Packed, long Values, long Encoding, long Levels,
        long RepeatedLevels, bool IsPacked, int Length)
    {
        public static Header Read(ThriftBytes bytes)
        {
            long kind = -1, unpacked = -1, packed = -1, values = -1, encoding = -1, levels = 0, repeated = 0;
            var isPacked = true;
            bytes.Fields((id, type) =>
            {
                switch (id, type)
                {
                    case (1, I32):
                        kind = bytes.Number();
                        return true;
                    case (2, I32):
                        unpacked = bytes.Number();
                        return true;
                    case (3, I32):
                        packed = bytes.Number();
                        return true;
                    case (5 or 7 or 8, Struct):
                        // The second kind of data pages says how many are empty and how many rows there are first.
                        var isSecond = id == 8;
                        bytes.Fields((part, own) =>
                        {
                            switch (part, own)
                            {
                                case (1, I32):
                                    values = bytes.Number();
                                    return true;
                                case (2, I32) when !isSecond:
                                case (4, I32) when isSecond:
                                    encoding = bytes.Number();
                                    return true;
                                case (5, I32) when isSecond:
                                    levels = bytes.Number();
                                    return true;
                                case (6, I32) when isSecond:
                                    repeated = bytes.Number();
                                    return true;
                                case (7, True or False) when isSecond:
                                    isPacked = own == True;
                                    return true;
                                default:
                                    return false;
                            }
                        });
                        return true;
                    default:
                        return false;
                }
            });
            return new Header(kind, unpacked, packed, values, encoding, levels, repeated, isPacked, bytes.Place);
        }
    }
}
