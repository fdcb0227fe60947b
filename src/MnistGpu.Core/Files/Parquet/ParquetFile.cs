using System.Buffers.Binary;
using System.Text;
using static MnistGpu.Files.Parquet.ThriftBytes;

namespace MnistGpu.Files.Parquet;

/// <summary>What the values of a column are stored as.</summary>
internal enum ParquetType
{
    /// <summary>Numbers of four bytes.</summary>
    Int32 = 1,

    /// <summary>Numbers of eight bytes.</summary>
    Int64 = 2,

    /// <summary>Texts, or any other bytes.</summary>
    Bytes = 6,
}

/// <summary>How a chunk's pages are packed.</summary>
internal enum ParquetCodec
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>Google's Snappy.</summary>
    Snappy,

    /// <summary>As .gz files are.</summary>
    Gzip,
}

/// <summary>A column of a Parquet file.</summary>
/// <param name="Name">Its name, behind those of the structures that it is in: image.bytes.</param>
/// <param name="Type">What its values are; null for what is not read.</param>
/// <param name="Level">How many of these names may have no value.</param>
/// <param name="IsRepeated">Whether a row may have several values.</param>
internal sealed record ParquetColumn(string Name, ParquetType? Type, int Level, bool IsRepeated)
{
    /// <summary>Where its values are.</summary>
    public List<ParquetChunk> Chunks { get; } = [];

    /// <summary>Bytes of it in the file, as this says.</summary>
    public long Length => Chunks.Sum(chunk => chunk.Length);
}

/// <summary>A part of a column: pages, one after the other.</summary>
/// <param name="Codec">How they are packed.</param>
/// <param name="Values">How many values they hold.</param>
/// <param name="At">Where the first begins.</param>
/// <param name="Length">Bytes of them.</param>
internal sealed record ParquetChunk(long Codec, long Values, long At, long Length);

/// <summary>
/// The columns of a Parquet file (github.com/apache/parquet-format, parquet.thrift). A reader of our own,
/// because it can bound what a hostile file makes it allocate: see <see cref="ParquetPages"/>.
/// </summary>
internal sealed class ParquetFile
{
    private const int Repeated = 2, Required = 0;

    // A footer of a set of pictures has kilobytes.
    private const int LongestFooter = 1 << 24;

    private const int MostColumns = 10_000;
    private const int LongestName = 1000;

    private int length;

    private static ReadOnlySpan<byte> Magic => "PAR1"u8;

    /// <summary>The columns, without the structures that hold them.</summary>
    public List<ParquetColumn> Columns { get; } = [];

    /// <summary>How many rows there are.</summary>
    public long Rows { get; private set; }

    /// <summary>What Hugging Face's library says of the columns, as JSON; null where another wrote the file.</summary>
    public string? Features { get; private set; }

    /// <summary>Whether a file's first bytes are Parquet's.</summary>
    public static bool IsParquet(ReadOnlySpan<byte> start) => start.StartsWith(Magic);

    /// <summary>Reads what a file says of itself.</summary>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public static ParquetFile Read(byte[] bytes)
    {
        const int Tail = 8;
        Require(bytes.Length >= Magic.Length + Tail && IsParquet(bytes) && bytes.AsSpan().EndsWith(Magic),
            "no mark at its end");
        var length = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(bytes.Length - Tail));
        Require(length <= LongestFooter && length <= bytes.Length - Magic.Length - Tail,
            $"a description of {length:N0} bytes");
        var file = new ParquetFile { length = bytes.Length };
        file.ReadFooter(new ThriftBytes(bytes.AsMemory(bytes.Length - Tail - (int)length, (int)length)));
        // A value of fewer than eight bits is none of a data set's.
        Require(file.Rows >= 0 && file.Rows <= bytes.Length, $"{file.Rows:N0} rows");
        return file;
    }

    private void ReadFooter(ThriftBytes footer) => footer.Fields((id, type) =>
    {
        switch (id, type)
        {
            case (2, List):
                ReadSchema(footer);
                return true;
            case (3, I64):
                Rows = footer.Number();
                return true;
            case (4, List):
                for (var groups = footer.Items().Count; groups > 0; groups--)
                {
                    ReadGroup(footer);
                }

                return true;
            case (5, List):
                for (var pairs = footer.Items().Count; pairs > 0; pairs--)
                {
                    ReadPair(footer);
                }

                return true;
            default:
                return false;
        }
    });

    private void ReadPair(ThriftBytes footer)
    {
        var isFeatures = false;
        footer.Fields((id, type) =>
        {
            switch (id, type)
            {
                case (1, Binary):
                    isFeatures = footer.Text().SequenceEqual("huggingface"u8);
                    return true;
                case (2, Binary) when isFeatures:
                    Features = Encoding.UTF8.GetString(footer.Text());
                    return true;
                default:
                    return false;
            }
        });
    }

    /// <summary>The schema: a tree, each structure before what is in it.</summary>
    private void ReadSchema(ThriftBytes footer)
    {
        var (count, _) = footer.Items();
        Require(count <= MostColumns && Columns.Count == 0, "too many columns");
        // Of each open structure: what is still to come of it, its names, how many may be absent, and whether it is
        // repeated.
        var open = new Stack<(long Left, string Name, int Level, bool IsRepeated)>();
        for (var i = 0; i < count; i++)
        {
            long type = -1, repetition = Required, children = 0;
            var name = "";
            footer.Fields((id, kind) =>
            {
                switch (id, kind)
                {
                    case (1, I32):
                        type = footer.Number();
                        return true;
                    case (3, I32):
                        repetition = footer.Number();
                        return true;
                    case (4, Binary):
                        name = Encoding.UTF8.GetString(footer.Text());
                        return true;
                    case (5, I32):
                        children = footer.Number();
                        return true;
                    default:
                        return false;
                }
            });
            if (i == 0)
            {
                open.Push((children, "", 0, false));
                continue;
            }

            Require(open.Count > 0, "columns outside every structure");
            var parent = open.Pop();
            open.Push(parent with { Left = parent.Left - 1 });
            var (path, level, isRepeated) = (parent.Name.Length == 0 ? name : $"{parent.Name}.{name}",
                parent.Level + (repetition == Required ? 0 : 1), parent.IsRepeated || repetition == Repeated);
            Require(path.Length <= LongestName, "a column within hundreds of structures");
            if (children > 0)
            {
                open.Push((children, path, level, isRepeated));
            }
            else
            {
                ParquetType? known = Enum.IsDefined((ParquetType)(int)type) ? (ParquetType)(int)type : null;
                Columns.Add(new ParquetColumn(path, known, level, isRepeated));
            }

            while (open.TryPeek(out var last) && last.Left <= 0)
            {
                open.Pop();
            }
        }
    }

    private void ReadGroup(ThriftBytes footer) => footer.Fields((id, type) =>
    {
        if ((id, type) != (1, List))
        {
            return false;
        }

        var (count, _) = footer.Items();
        Require(count == Columns.Count, $"{count} columns in a group of rows, of {Columns.Count}");
        for (var column = 0; column < count; column++)
        {
            footer.Fields((part, kind) =>
            {
                if ((part, kind) != (3, Struct))
                {
                    return false;
                }

                var chunk = ReadChunk(footer);
                Require(chunk.Length >= 0 && chunk.Length <= length, $"a column of {chunk.Length:N0} bytes");
                Columns[column].Chunks.Add(chunk);
                return true;
            });
        }

        return true;
    });

    private static ParquetChunk ReadChunk(ThriftBytes footer)
    {
        long codec = 0, values = 0, length = 0, data = 0, dictionary = 0;
        footer.Fields((id, type) =>
        {
            switch (id, type)
            {
                case (4, I32):
                    codec = footer.Number();
                    return true;
                case (5, I64):
                    values = footer.Number();
                    return true;
                case (7, I64):
                    length = footer.Number();
                    return true;
                case (9, I64):
                    data = footer.Number();
                    return true;
                case (11, I64):
                    dictionary = footer.Number();
                    return true;
                default:
                    return false;
            }
        });
        // Some writers say 0 where there is no dictionary.
        return new ParquetChunk(codec, values, dictionary > 0 && dictionary < data ? dictionary : data, length);
    }
}
