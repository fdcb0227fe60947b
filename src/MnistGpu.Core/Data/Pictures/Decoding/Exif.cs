using System.Buffers.Binary;

namespace MnistGpu.Data.Pictures.Decoding;

/// <summary>
/// How a camera was held, as its photo says (CIPA DC-008, Exif 3.0, 2023: tag 0x0112).
/// </summary>
internal static class Exif
{
    private const int OrientationTag = 0x0112;

    /// <summary>
    /// The orientation in a TIFF structure: 1 to 8, as the tag numbers them. 1, upright, where it says nothing that can
    /// be read: a photo is not refused for it.
    /// </summary>
    /// <param name="tiff">From the byte order on: what follows "Exif\0\0" in a JPEG, the chunk eXIf in a PNG.</param>
    public static int Orientation(ReadOnlySpan<byte> tiff)
    {
        bool small = tiff.StartsWith("II*\0"u8), big = tiff.StartsWith("MM\0*"u8);
        if ((!small && !big) || tiff.Length < 8)
        {
            return 1;
        }

        var first = Long(tiff, 4, small);
        if (first > tiff.Length - 2)
        {
            return 1;
        }

        var entries = tiff[(int)first..];
        var count = Short(entries, 0, small);
        for (var at = 2; count > 0 && at + 12 <= entries.Length; count--, at += 12)
        {
            if (Short(entries, at, small) == OrientationTag)
            {
                var value = Short(entries, at + 8, small);
                return value is >= 1 and <= 8 ? value : 1;
            }
        }

        return 1;
    }

    private static int Short(ReadOnlySpan<byte> bytes, int at, bool small) => small
        ? BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]) : BinaryPrimitives.ReadUInt16BigEndian(bytes[at..]);

    private static uint Long(ReadOnlySpan<byte> bytes, int at, bool small) => small
        ? BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]) : BinaryPrimitives.ReadUInt32BigEndian(bytes[at..]);
}
