using System.Buffers.Binary;

namespace MnistGpu.Data.Pictures.Decoding;

/// <summary>
/// What a JPEG's markers say (ITU-T T.81, annex B), read without decoding anything: its size, how it is to be turned,
/// and how much work it is.
/// </summary>
internal sealed class JpegHeader
{
    private readonly List<(byte Id, int Across, int Down)> components = [];

    private JpegHeader(ReadOnlySpan<byte> file)
    {
        var at = 2;
        while (Next(file, ref at) is { } marker and not 0xD9)
        {
            // RST0 to RST7 and TEM stand alone.
            if (marker is (>= 0xD0 and <= 0xD8) or 0x01)
            {
                continue;
            }

            if (at + 2 > file.Length || BinaryPrimitives.ReadUInt16BigEndian(file[at..]) is var length
                && (length < 2 || at + length > file.Length))
            {
                return;
            }

            length = BinaryPrimitives.ReadUInt16BigEndian(file[at..]);
            Take(marker, file.Slice(at + 2, length - 2));
            at += length;
        }
    }

    /// <summary>Pixels in a row; 0 where no frame is found.</summary>
    public int Width { get; private set; }

    /// <summary>Rows; 0 where no frame is found.</summary>
    public int Height { get; private set; }

    /// <summary>How the picture is to be turned, as <see cref="Exif"/> numbers it.</summary>
    public int Orientation { get; private set; } = 1;

    /// <summary>Whether an Adobe program wrote it, which stores CMYK upside down.</summary>
    public bool IsAdobe { get; private set; }

    /// <summary>The number of scans.</summary>
    public int Scans { get; private set; }

    /// <summary>The pixels of each component in each scan, all together: what a decoder goes through.</summary>
    public long Work { get; private set; }

    /// <summary>The fewest bytes that the picture can take: a bit for each block of each component.</summary>
    public long LeastBytes => components.Sum(Pixels) / 64 / 8;

    /// <summary>The markers of a file; null where it is no JPEG.</summary>
    public static JpegHeader? From(ReadOnlySpan<byte> file) =>
        file.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8]) ? new JpegHeader(file) : null;

    /// <summary>The next marker, past any data; null where the file ends.</summary>
    private static int? Next(ReadOnlySpan<byte> file, ref int at)
    {
        while (at < file.Length && file[at..].IndexOf((byte)0xFF) is >= 0 and var far)
        {
            at += far + 1;
            // A 0 makes it data, another FF a filler.
            if (at < file.Length && file[at] is not (0 or 0xFF))
            {
                return file[at++];
            }
        }

        return null;
    }

    private void Take(int marker, ReadOnlySpan<byte> content)
    {
        switch (marker)
        {
            case >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC) when components.Count == 0 && content.Length >= 6:
                (Height, Width) = (BinaryPrimitives.ReadUInt16BigEndian(content[1..]),
                    BinaryPrimitives.ReadUInt16BigEndian(content[3..]));
                for (var c = 6; c + 3 <= content.Length; c += 3)
                {
                    components.Add((content[c], content[c + 1] >> 4, content[c + 1] & 15));
                }

                break;
            case 0xDA when content.Length >= 1:
                Scans++;
                for (var c = 0; c < content[0] && 2 + 2 * c <= content.Length; c++)
                {
                    var id = content[1 + 2 * c];
                    Work += components.Where(component => component.Id == id).Sum(Pixels);
                }

                break;
            case 0xE1 when content.StartsWith("Exif\0\0"u8):
                Orientation = Exif.Orientation(content[6..]);
                break;
            case 0xEE when content.StartsWith("Adobe"u8):
                IsAdobe = true;
                break;
            default:
                break;
        }
    }

    private long Pixels((byte Id, int Across, int Down) component)
    {
        int across = Math.Max(1, components.Max(c => c.Across)), down = Math.Max(1, components.Max(c => c.Down));
        return (long)Width * Height * component.Across * component.Down / (across * down);
    }
}
