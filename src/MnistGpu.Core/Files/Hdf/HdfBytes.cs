using System.Buffers.Binary;
using System.Text;

namespace MnistGpu.Files.Hdf;

/// <summary>
/// A place in an HDF5 file, moved on by reading. What lies outside the file is an
/// <see cref="ArgumentOutOfRangeException"/>.
/// </summary>
/// <param name="bytes">The file.</param>
/// <param name="at">Where to begin.</param>
internal sealed class HdfBytes(byte[] bytes, ulong at)
{
    /// <summary>The address that stands for none.</summary>
    public const ulong Nowhere = ulong.MaxValue;

    // A name of an object of a data set, or of a layer, has some tens.
    private const int LongestName = 1000;

    private int place = at <= (ulong)bytes.Length ? (int)at
        : throw new ArgumentOutOfRangeException(nameof(at), at, "an address behind the end of the file");

    /// <summary>Where it is.</summary>
    public int Place => place;

    /// <summary>Bytes, as they are.</summary>
    public ReadOnlySpan<byte> Take(int count)
    {
        var taken = bytes.AsSpan(place, count);
        place += count;
        return taken;
    }

    public void Pass(int count) => Take(count);

    /// <summary>Whether these characters stand here; they are passed.</summary>
    public bool Says(string signature) => Encoding.ASCII.GetString(Take(signature.Length)) == signature;

    public byte Byte() => Take(1)[0];

    public ushort Short() => BinaryPrimitives.ReadUInt16LittleEndian(Take(2));

    public uint Int() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    public ulong Long() => BinaryPrimitives.ReadUInt64LittleEndian(Take(8));

    /// <summary>A number of 1, 2, 4 or 8 bytes: 2 to the power of what the lowest two of some bits say.</summary>
    public ulong Sized(int bits) => (bits & 3) switch
    {
        0 => Byte(),
        1 => Short(),
        2 => Int(),
        _ => Long(),
    };

    /// <summary>A name of so many bytes.</summary>
    public string Name(ulong length) => Encoding.UTF8.GetString(Take(length <= LongestName ? (int)length
        : throw new ArgumentOutOfRangeException(nameof(length), length, "a name of thousands of characters")));

    /// <summary>A name up to a NUL.</summary>
    public string Name()
    {
        var length = bytes.AsSpan(place, Math.Min(LongestName + 1, bytes.Length - place)).IndexOf((byte)0);
        return Encoding.UTF8.GetString(Take(length < 0 ? throw new ArgumentOutOfRangeException(nameof(length), length,
            "a name without an end") : length));
    }
}
