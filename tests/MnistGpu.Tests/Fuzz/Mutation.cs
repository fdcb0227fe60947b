using System.Buffers.Binary;

namespace MnistGpu.Tests.Fuzz;

/// <summary>Damages valid inputs, the same way for the same seed on every machine.</summary>
internal static class Mutation
{
    private const int MostBytes = 1 << 16;

    private static readonly long[] Lengths = [0, 1, 2, 7, 8, 27, 28, 29, 127, 128, 255, 256, 783, 784, 785, 65_535,
        65_536, int.MaxValue - 1, int.MaxValue, 0x8000_0000, 0xFFFF_FFFF, 0x7FFF_FFFF_FFFF_FFFF, -1, -2];

    private static readonly string[] Words = ["0", "-1", "NaN", "1e999", "99999999999999999999", "\"", ",", "{", "]",
        "null", "\\u0000", "\n", "..", "@x", "--live", "=", "\u202e"];

    /// <summary>The input of a seed: one of the valid ones after one to four changes.</summary>
    public static byte[] Draw(IReadOnlyList<byte[]> valid, int seed)
    {
        var random = new Random(seed);
        var bytes = valid[random.Next(valid.Count)];
        for (var changes = 1 + random.Next(4); changes > 0; changes--)
        {
            bytes = Change(bytes, valid[random.Next(valid.Count)], random);
        }

        return bytes.Length > MostBytes ? bytes[..MostBytes] : bytes;
    }

    private static byte[] Change(byte[] bytes, byte[] other, Random random)
    {
        var at = random.Next(bytes.Length + 1);
        var length = Math.Min(bytes.Length - at, 1 + random.Next(1 + random.Next(64)));
        switch (random.Next(8))
        {
            case 0:
                return bytes[..at];
            case 1:
                return [.. bytes[..at], .. bytes[(at + length)..]];
            case 2:
                var count = 1 + random.Next(16);
                return [.. bytes[..at], .. Enumerable.Repeat(bytes[at..(at + length)], count).SelectMany(part => part),
                    .. bytes[at..]];
            case 3:
                var from = random.Next(other.Length + 1);
                return [.. bytes[..at], .. other[from..Math.Min(other.Length, from + 4 * length)], .. bytes[at..]];
            case 4:
                return Number((byte[])bytes.Clone(), random);
            case 5:
                var word = Words[random.Next(Words.Length)];
                return [.. bytes[..at], .. System.Text.Encoding.UTF8.GetBytes(word), .. bytes[(at + length)..]];
            case 6:
                var copy = (byte[])bytes.Clone();
                random.NextBytes(copy.AsSpan(at, length));
                return copy;
            default:
                return Flip((byte[])bytes.Clone(), random);
        }
    }

    private static byte[] Flip(byte[] bytes, Random random)
    {
        for (var flips = bytes.Length == 0 ? 0 : 1 + random.Next(8); flips > 0; flips--)
        {
            // Headers lie at the start, and decide most.
            bytes[random.Next(random.Next(2) == 0 ? bytes.Length : Math.Min(64, bytes.Length))] ^=
                (byte)(1 << random.Next(8));
        }

        return bytes;
    }

    private static byte[] Number(byte[] bytes, Random random)
    {
        Span<byte> number = stackalloc byte[8];
        var (value, size) = (Lengths[random.Next(Lengths.Length)], 1 << random.Next(4));
        if (random.Next(2) == 0)
        {
            BinaryPrimitives.WriteInt64LittleEndian(number, value);
            number = number[..size];
        }
        else
        {
            BinaryPrimitives.WriteInt64BigEndian(number, value);
            number = number[^size..];
        }

        if (bytes.Length >= size)
        {
            var last = Math.Min(bytes.Length - size, random.Next(2) == 0 ? 64 : bytes.Length);
            number.CopyTo(bytes.AsSpan(random.Next(1 + last)));
        }

        return bytes;
    }
}
