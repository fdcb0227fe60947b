using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace MnistGpu.Data.Formats;

/// <summary>What the elements of an array are.</summary>
internal enum ElementKind
{
    /// <summary>Bytes from 0 to 255.</summary>
    UInt8,

    /// <summary>Bytes from −128 to 127.</summary>
    Int8,

    /// <summary>16 bits without sign.</summary>
    UInt16,

    /// <summary>16 bits.</summary>
    Int16,

    /// <summary>32 bits without sign.</summary>
    UInt32,

    /// <summary>32 bits.</summary>
    Int32,

    /// <summary>64 bits without sign.</summary>
    UInt64,

    /// <summary>64 bits.</summary>
    Int64,

    /// <summary>Half precision.</summary>
    Float16,

    /// <summary>Single precision.</summary>
    Float32,

    /// <summary>Double precision.</summary>
    Float64,
}

/// <summary>An array of numbers as a file holds it, the last index running fastest.</summary>
/// <param name="Shape">Its length along each index.</param>
/// <param name="Kind">What the elements are.</param>
/// <param name="Data">The elements, little-endian; those of the first items only where no more were asked for.</param>
/// <param name="Source">Where it comes from, for people.</param>
internal sealed record NumberArray(ImmutableArray<int> Shape, ElementKind Kind, byte[] Data, string Source)
{
    /// <summary>The number of items: the length along the first index.</summary>
    public int Count => Shape.Length == 0 ? 0 : Shape[0];

    /// <summary>Elements of an item.</summary>
    public int ItemLength => Items(Shape);

    /// <summary>Items that <see cref="Data"/> holds.</summary>
    public int Kept => ItemLength == 0 ? 0 : Data.Length / SizeOf(Kind) / ItemLength;

    /// <summary>Bytes of an element.</summary>
    public static int SizeOf(ElementKind kind) => kind switch
    {
        ElementKind.UInt8 or ElementKind.Int8 => 1,
        ElementKind.UInt16 or ElementKind.Int16 or ElementKind.Float16 => 2,
        ElementKind.UInt32 or ElementKind.Int32 or ElementKind.Float32 => 4,
        _ => 8,
    };

    /// <summary>An element as a number.</summary>
    public double this[int i] => Kind switch
    {
        ElementKind.UInt8 => Data[i],
        ElementKind.Int8 => (sbyte)Data[i],
        ElementKind.UInt16 => BinaryPrimitives.ReadUInt16LittleEndian(Data.AsSpan(2 * i)),
        ElementKind.Int16 => BinaryPrimitives.ReadInt16LittleEndian(Data.AsSpan(2 * i)),
        ElementKind.Float16 => (double)BinaryPrimitives.ReadHalfLittleEndian(Data.AsSpan(2 * i)),
        ElementKind.UInt32 => BinaryPrimitives.ReadUInt32LittleEndian(Data.AsSpan(4 * i)),
        ElementKind.Int32 => BinaryPrimitives.ReadInt32LittleEndian(Data.AsSpan(4 * i)),
        ElementKind.Float32 => BinaryPrimitives.ReadSingleLittleEndian(Data.AsSpan(4 * i)),
        ElementKind.UInt64 => BinaryPrimitives.ReadUInt64LittleEndian(Data.AsSpan(8 * i)),
        ElementKind.Int64 => BinaryPrimitives.ReadInt64LittleEndian(Data.AsSpan(8 * i)),
        _ => BinaryPrimitives.ReadDoubleLittleEndian(Data.AsSpan(8 * i)),
    };

    /// <summary>The elements as floats.</summary>
    public float[] ToFloats()
    {
        var floats = new float[Data.Length / SizeOf(Kind)];
        if (Kind == ElementKind.Float32 && BitConverter.IsLittleEndian)
        {
            Data.CopyTo(MemoryMarshal.AsBytes(floats.AsSpan()));
            return floats;
        }

        for (var i = 0; i < floats.Length; i++)
        {
            floats[i] = (float)this[i];
        }

        return floats;
    }

    /// <summary>The shape in words: [60000, 28, 28].</summary>
    public string Text => $"[{string.Join(", ", Shape)}]";

    /// <summary>Bytes of so many elements; more than any array holds where the product is.</summary>
    internal static long Bytes(ElementKind kind, IEnumerable<long> lengths)
    {
        long bytes = SizeOf(kind);
        foreach (var length in lengths)
        {
            bytes = length > 0 && bytes > Array.MaxLength / length ? long.MaxValue / 2 : bytes * length;
            if (bytes == long.MaxValue / 2)
            {
                return bytes;
            }
        }

        return bytes;
    }

    /// <summary>Elements of an item of such an array.</summary>
    private static int Items(ImmutableArray<int> shape) =>
        shape.Skip(1).Aggregate(1, (product, length) => product * length);
}
