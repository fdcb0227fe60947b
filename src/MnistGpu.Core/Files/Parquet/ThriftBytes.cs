namespace MnistGpu.Files.Parquet;

/// <summary>
/// Values in Thrift's compact protocol (github.com/apache/thrift, doc/specs), which Parquet describes itself in.
/// Nothing is kept but what is asked for; what cannot be is an <see cref="InvalidDataException"/>.
/// </summary>
internal sealed class ThriftBytes(ReadOnlyMemory<byte> bytes)
{
    /// <summary>A flag that is set or not.</summary>
    public const int True = 1, False = 2;

    /// <summary>A number.</summary>
    public const int I32 = 5, I64 = 6;

    /// <summary>Bytes with their length.</summary>
    public const int Binary = 8;

    /// <summary>Values of one type.</summary>
    public const int List = 9;

    /// <summary>Fields with their numbers.</summary>
    public const int Struct = 12;

    private const int I8 = 3, I16 = 4, Real = 7, Set = 10, Map = 11;

    // Parquet's own structures are five deep.
    private const int Deepest = 16;

    private int depth;

    /// <summary>How many bytes have been read.</summary>
    public int Place { get; private set; }

    /// <summary>
    /// A structure: <paramref name="read"/> is called for each field with its number and its type, and reads it or says
    /// that it did not.
    /// </summary>
    public void Fields(Func<int, int, bool> read)
    {
        Require(++depth <= Deepest, "structures within structures");
        var id = 0;
        for (int head; (head = Next()) != 0;)
        {
            id = head >> 4 > 0 ? id + (head >> 4) : (int)Number();
            if (!read(id, head & 15))
            {
                Skip(head & 15);
            }
        }

        depth--;
    }

    /// <summary>The number of values in a list, and their type.</summary>
    public (int Count, int Type) Items()
    {
        var head = Next();
        var count = head >> 4 == 15 ? Varint() : (ulong)(head >> 4);
        // Each takes a byte at least.
        Require(count <= (ulong)(bytes.Length - Place), "a list longer than what is left");
        return ((int)count, head & 15);
    }

    /// <summary>A whole number.</summary>
    public long Number()
    {
        // Folded, so that small negative numbers are short.
        var folded = Varint();
        return (long)(folded >> 1) ^ -(long)(folded & 1);
    }

    /// <summary>Bytes.</summary>
    public ReadOnlySpan<byte> Text()
    {
        var length = Varint();
        Require(length <= (ulong)(bytes.Length - Place), "a text longer than what is left");
        Place += (int)length;
        return bytes.Span.Slice(Place - (int)length, (int)length);
    }

    /// <exception cref="InvalidDataException">It is not so.</exception>
    public static void Require(bool isSo, string found)
    {
        if (!isSo)
        {
            throw new InvalidDataException(found);
        }
    }

    private void Skip(int type)
    {
        switch (type)
        {
            case True or False:
                break;
            case I8:
                Next();
                break;
            case I16 or I32 or I64:
                Varint();
                break;
            case Real:
                Require(bytes.Length - Place >= sizeof(double), "an end within a number");
                Place += sizeof(double);
                break;
            case Binary:
                Text();
                break;
            case List or Set:
                var (count, element) = Items();
                SkipAll(count, element, element);
                break;
            case Map:
                var pairs = Varint();
                Require(pairs <= (ulong)(bytes.Length - Place), "a map longer than what is left");
                var types = pairs > 0 ? Next() : 0;
                SkipAll((int)pairs, types >> 4, types & 15);
                break;
            case Struct:
                Fields((_, _) => false);
                break;
            default:
                throw new InvalidDataException($"a value of type {type}");
        }
    }

    /// <summary>Passes over a list's values, or a map's keys and values: there a flag takes a byte.</summary>
    private void SkipAll(int count, int first, int second)
    {
        Require(++depth <= Deepest, "lists within lists");
        for (var i = 0; i < count; i++)
        {
            foreach (var type in first == second ? (ReadOnlySpan<int>)[first] : [first, second])
            {
                Skip(type is True or False ? I8 : type);
            }
        }

        depth--;
    }

    private ulong Varint()
    {
        var value = 0UL;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var next = Next();
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw new InvalidDataException("a number of more than 64 bits");
    }

    private int Next() => Place < bytes.Length ? bytes.Span[Place++]
        : throw new InvalidDataException("an end within a value");
}
