using System.Buffers.Binary;
using static MnistGpu.Files.Hdf.HdfObject;

namespace MnistGpu.Files.Hdf;

/// <summary>The numbers of an array in an HDF5 file, in one piece or in chunks, deflated or shuffled.</summary>
internal sealed class HdfDataset
{
    private const int DataspaceMessage = 1;
    private const int TypeMessage = 3;
    private const int FillMessage = 5;
    private const int LayoutMessage = 8;
    private const int WholeClass = 0;
    private const int FloatClass = 1;
    private const int SignedBit = 8;
    private const int MostRank = 8;
    private const int Deepest = 16;

    private readonly byte[] bytes;
    private readonly HdfObject header;
    private readonly int size;
    private readonly bool isBigEndian;

    private HdfDataset(byte[] bytes, HdfObject header, int[] shape, int size, bool isBigEndian)
    {
        (this.bytes, this.header, this.size, this.isBigEndian) = (bytes, header, size, isBigEndian);
        Shape = shape;
        Count = shape.Aggregate((Int128)1, (product, dim) => product > int.MaxValue ? product : product * dim);
    }

    /// <summary>The dimensions, outermost first.</summary>
    public int[] Shape { get; }

    /// <summary>How many numbers there are.</summary>
    public Int128 Count { get; }

    /// <summary>Bytes of a number.</summary>
    public int Size => size;

    /// <summary>Whether the numbers are floats, and not whole.</summary>
    public bool IsFloat { get; private init; }

    /// <summary>Whether whole numbers may be negative.</summary>
    public bool IsSigned { get; private init; }

    /// <summary>An object as an array of numbers; null where it is none.</summary>
    public static HdfDataset? Find(byte[] bytes, HdfObject header)
    {
        if (header.Find(TypeMessage) is not { } type || header.Find(DataspaceMessage) is not { } space)
        {
            return null;
        }

        var kind = type.Byte() & 0xF;
        var bits = type.Byte();
        type.Pass(2);
        var size = type.Int();
        return (kind == FloatClass && size is 2 or 4 or 8) || (kind == WholeClass && size is 1 or 2 or 4 or 8)
            ? new HdfDataset(bytes, header, Dimensions(space), (int)size, isBigEndian: (bits & 1) != 0)
            {
                IsFloat = kind == FloatClass,
                IsSigned = (bits & SignedBit) != 0,
            } : null;
    }

    /// <summary>Floats in row-major order. It is for the caller to see that there are not too many.</summary>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    public double[] ReadFloats() => Reading(() =>
    {
        var data = Data();
        var values = new double[(int)Count];
        for (var i = 0; i < values.Length; i++)
        {
            var element = data.AsSpan(i * size, size);
            values[i] = size switch
            {
                2 => (double)BinaryPrimitives.ReadHalfLittleEndian(element),
                4 => BinaryPrimitives.ReadSingleLittleEndian(element),
                _ => BinaryPrimitives.ReadDoubleLittleEndian(element),
            };
        }

        return values;
    });

    /// <summary>The numbers in row-major order, each from its lowest byte on. The same is for the caller.</summary>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    public byte[] ReadBytes() => Reading(Data);

    private byte[] Data()
    {
        Require(Count * size <= Array.MaxLength, $"an array of {Count} numbers");
        var data = new byte[(int)Count * size];
        Fill(data);
        var layout = header.Find(LayoutMessage) ?? throw new InvalidDataException("an array without a layout");
        var version = layout.Byte();
        var kind = layout.Byte();
        Require(version == 3 || (version == 4 && kind < 2), $"a layout of version {version}: the file was made with "
            + "libver='latest' and chunks");
        switch (kind)
        {
            case 0:
                var length = layout.Short();
                Require(length >= data.Length, "too few numbers");
                layout.Take(data.Length).CopyTo(data);
                break;
            case 1:
                var address = layout.Long();
                // An array that nobody wrote has no place.
                if (address != HdfBytes.Nowhere)
                {
                    new HdfBytes(bytes, address).Take(data.Length).CopyTo(data);
                }

                break;
            case 2:
                ReadChunks(layout, data);
                break;
            default:
                throw new InvalidDataException($"a layout of kind {kind}");
        }

        for (var i = 0; isBigEndian && i < data.Length; i += size)
        {
            data.AsSpan(i, size).Reverse();
        }

        return data;
    }

    /// <summary>Puts the value of what nobody wrote everywhere, where it is not zero.</summary>
    private void Fill(byte[] data)
    {
        const int IsDefined = 0x20;
        const uint Undefined = uint.MaxValue;
        if (header.Find(FillMessage) is not { } message)
        {
            return;
        }

        var version = message.Byte();
        Require(version is >= 1 and <= 3, "a fill value of another version");
        // Two bytes say when it is written; newer ones are in flags.
        message.Pass(version < 3 ? 2 : 0);
        var said = message.Byte();
        if (version == 1 || (version == 2 ? said != 0 : (said & IsDefined) != 0))
        {
            var length = message.Int();
            var value = length is 0 or Undefined ? [] : message.Take((int)Math.Min(length, int.MaxValue));
            if (value.ContainsAnyExcept((byte)0))
            {
                Require(value.Length == size, "a fill value of another type");
                for (var i = 0; i < data.Length; i += size)
                {
                    value.CopyTo(data.AsSpan(i));
                }
            }
        }
    }

    private static int[] Dimensions(HdfBytes space)
    {
        var version = space.Byte();
        var rank = space.Byte();
        Require(version is 1 or 2 && rank <= MostRank, "a dataspace of another version");
        space.Pass(version == 1 ? 6 : 2);
        var shape = new int[rank];
        for (var d = 0; d < rank; d++)
        {
            var dim = space.Long();
            shape[d] = dim <= int.MaxValue ? (int)dim : throw new InvalidDataException("a dimension of billions");
        }

        return shape;
    }

    private void ReadChunks(HdfBytes layout, byte[] data)
    {
        var rank = layout.Byte() - 1;
        var tree = layout.Long();
        Require(rank == Shape.Length && rank > 0, "chunks of other dimensions");
        var chunk = new int[rank];
        var length = (Int128)size;
        for (var d = 0; d < rank; d++)
        {
            var dim = layout.Int();
            Require(dim > 0 && dim <= int.MaxValue, "a chunk without numbers");
            chunk[d] = (int)dim;
            length *= chunk[d];
        }

        // A chunk may reach past the array, not by more than the array.
        Require(length <= Math.Min(Array.MaxLength, (1 << 20) + 64L * bytes.Length),
            "a chunk larger than the file explains");
        var filters = HdfFilters.Of(header, size);
        if (tree != HdfBytes.Nowhere)
        {
            // Chunks at the edges reach past it; all of them together hold few times what the array does.
            var left = (1L << 20) + 16L * data.Length;
            ReadTree(tree, chunk, (int)length, filters, data, Deepest, ref left);
        }
    }

    private void ReadTree(ulong address, int[] chunk, int length, HdfFilters filters, byte[] data, int deepest,
        ref long left)
    {
        var node = new HdfBytes(bytes, address);
        Require(node.Says("TREE") && node.Byte() == 1 && deepest > 0, "no tree of chunks");
        var level = node.Byte();
        var entries = node.Short();
        node.Pass(16);
        for (var i = 0; i < entries; i++)
        {
            var packed = node.Int();
            Require(node.Int() == 0, "a chunk that some filters pass over");
            var offsets = new long[chunk.Length];
            for (var d = 0; d < offsets.Length; d++)
            {
                offsets[d] = (long)node.Long();
            }

            node.Pass(8);
            var child = node.Long();
            if (level > 0)
            {
                left -= 64;
                Require(left > 0, "a tree without an end");
                ReadTree(child, chunk, length, filters, data, deepest - 1, ref left);
                continue;
            }

            left -= Math.Max(64, Math.Max(length, packed));
            Require(left > 0, "more chunks than the array has");
            Require(filters.IsDeflated || packed == length, "a chunk of another length than the others");
            Place(filters.Undo(new HdfBytes(bytes, child).Take((int)packed), length), chunk, offsets, data);
        }
    }

    /// <summary>Copies what of a chunk lies inside the array.</summary>
    private void Place(byte[] chunk, int[] dims, long[] offsets, byte[] data)
    {
        var index = new int[dims.Length];
        for (var i = 0; i < chunk.Length / size; i++)
        {
            var (at, isInside) = (0L, true);
            for (var d = 0; d < dims.Length; d++)
            {
                var place = offsets[d] + index[d];
                isInside &= place >= 0 && place < Shape[d];
                at = at * Shape[d] + place;
            }

            if (isInside)
            {
                chunk.AsSpan(i * size, size).CopyTo(data.AsSpan((int)at * size));
            }

            for (var d = dims.Length - 1; d >= 0 && ++index[d] == dims[d]; d--)
            {
                index[d] = 0;
            }
        }
    }
}
