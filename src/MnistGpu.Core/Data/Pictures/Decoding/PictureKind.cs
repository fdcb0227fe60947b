using System.Text;

namespace MnistGpu.Data.Pictures.Decoding;

/// <summary>What a file is by its first bytes, in words for people.</summary>
internal static class PictureKind
{
    private const string SaveAsPng = "save the picture as PNG or JPEG";

    /// <summary>What the file is, and how a picture that can be read is got from it.</summary>
    /// <param name="file">The file, or its first bytes.</param>
    public static (string Name, string WayOut) Recognize(ReadOnlySpan<byte> file)
    {
        if (file.IsEmpty)
        {
            return ("an empty file", SaveAsPng);
        }

        if (file.Length >= 12 && file[4..8].SequenceEqual("ftyp"u8))
        {
            return Encoding.ASCII.GetString(file[8..12]) switch
            {
                "avif" or "avis" => ("an AVIF picture", SaveAsPng),
                "heic" or "heix" or "heim" or "heis" or "hevc" or "hevx" or "mif1" or "msf1" =>
                    ("a HEIC photo", "save it as JPEG: share or export it as JPEG, or set the phone's camera to "
                        + "\"most compatible\""),
                _ => ("a film (MP4 or MOV)", "save one picture of it as PNG or JPEG"),
            };
        }

        if (file.Length >= 12 && file.StartsWith("RIFF"u8))
        {
            return file[8..12].SequenceEqual("WEBP"u8) ? ("a WebP picture", SaveAsPng)
                : ("a RIFF file, such as sound or a film", "name a picture");
        }

        foreach (var (start, name, wayOut) in Starts)
        {
            if (file.StartsWith(start))
            {
                return (name, wayOut);
            }
        }

        return IsPortableMap(file) ? ("a PGM picture (or another of the PNM family)", SaveAsPng)
            : IsMarkup(file) is { } markup ? markup
            : IsText(file) ? ("a text file", "name a picture")
            : ("a file of another kind", SaveAsPng);
    }

    private static readonly (byte[] Start, string Name, string WayOut)[] Starts =
    [
        ([0x89, (byte)'P', (byte)'N', (byte)'G'], "a PNG picture whose beginning is damaged", "save the picture again"),
        ([0xFF, 0xD8], "a JPEG picture", SaveAsPng),
        ("BM"u8.ToArray(), "a BMP picture", SaveAsPng),
        ("GIF8"u8.ToArray(), "a GIF picture", SaveAsPng),
        ([(byte)'I', (byte)'I', 42, 0], "a TIFF picture (or a camera's raw photo)", SaveAsPng),
        ([(byte)'M', (byte)'M', 0, 42], "a TIFF picture (or a camera's raw photo)", SaveAsPng),
        ([(byte)'I', (byte)'I', 43, 0], "a TIFF picture", SaveAsPng),
        ([(byte)'M', (byte)'M', 0, 43], "a TIFF picture", SaveAsPng),
        ([0, 0, 1, 0], "an icon (ICO)", SaveAsPng),
        ("8BPS"u8.ToArray(), "a Photoshop file", SaveAsPng),
        ("gimp xcf"u8.ToArray(), "a GIMP file", "export the picture as PNG"),
        ([0, 0, 0, 12, (byte)'j', (byte)'P'], "a JPEG 2000 picture", SaveAsPng),
        ([0xFF, 0x4F, 0xFF, 0x51], "a JPEG 2000 picture", SaveAsPng),
        ([0xFF, 0x0A], "a JPEG XL picture", SaveAsPng),
        ([0, 0, 0, 12, (byte)'J', (byte)'X', (byte)'L'], "a JPEG XL picture", SaveAsPng),
        ("qoif"u8.ToArray(), "a QOI picture", SaveAsPng),
        ("%PDF"u8.ToArray(), "a PDF document", "save its page as PNG or JPEG"),
        ("%!PS"u8.ToArray(), "a PostScript document", "save its page as PNG or JPEG"),
        ([(byte)'P', (byte)'K', 3, 4], "a ZIP archive", "unpack it, and name the pictures in it"),
        ([0x1F, 0x8B], "a gzip file", "unpack it"),
        ("Rar!"u8.ToArray(), "a RAR archive", "unpack it, and name the pictures in it"),
        ("7z\xBC\xAF"u8.ToArray(), "a 7z archive", "unpack it, and name the pictures in it"),
        ([0, 0, 8, 3], "an IDX file of many images", "load it as a data set instead"),
        ([0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'], "a NumPy file",
            "save the picture as PNG or JPEG"),
    ];

    /// <summary>P1 to P7 and white space: PBM, PGM, PPM and PAM.</summary>
    private static bool IsPortableMap(ReadOnlySpan<byte> file) =>
        file.Length >= 3 && file[0] == 'P' && file[1] is >= (byte)'1' and <= (byte)'7'
        && file[2] is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t';

    private static (string Name, string WayOut)? IsMarkup(ReadOnlySpan<byte> file)
    {
        var text = Encoding.Latin1.GetString(file[..Math.Min(file.Length, 1024)]).TrimStart('\uFEFF', 'ï', '»', '¿',
            ' ', '\t', '\r', '\n');
        return text.StartsWith("<svg", StringComparison.OrdinalIgnoreCase)
                || (text.StartsWith("<?xml", StringComparison.OrdinalIgnoreCase)
                && text.Contains("<svg", StringComparison.OrdinalIgnoreCase))
            ? ("an SVG drawing", "export it as PNG")
            : text.StartsWith("<!doctype html", StringComparison.OrdinalIgnoreCase)
                || text.StartsWith("<html", StringComparison.OrdinalIgnoreCase)
            ? ("a web page: the server answered with HTML", "download the picture itself")
            : null;
    }

    /// <summary>No control characters but white space among the first bytes.</summary>
    private static bool IsText(ReadOnlySpan<byte> file)
    {
        foreach (var b in file[..Math.Min(file.Length, 256)])
        {
            if (b is < 32 and not ((byte)'\t' or (byte)'\n' or (byte)'\r' or 12))
            {
                return false;
            }
        }

        return true;
    }
}
