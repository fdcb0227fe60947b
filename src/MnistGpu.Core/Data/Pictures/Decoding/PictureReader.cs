using MnistGpu.Data.Pictures.Ink;
using MnistGpu.Files;

namespace MnistGpu.Data.Pictures.Decoding;

/// <summary>Reads a PNG, JPEG or BMP into a grey picture, in a time and memory that its size limits.</summary>
internal static class PictureReader
{
    /// <summary>The most pixels of a picture that is decoded.</summary>
    public const long MaxPixels = 64L << 20;

    /// <summary>A longer file is no picture of at most <see cref="MaxPixels"/>.</summary>
    private const long MaxBytes = 1L << 30;

    /// <summary>What the names of pictures that can be read end in, in any case.</summary>
    public static readonly IReadOnlySet<string> Endings =
        new HashSet<string>(StringComparer.OrdinalIgnoreCase)
        {
            ".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".bmp", ".dib",
        };

    /// <summary>The whole file.</summary>
    /// <exception cref="UserErrorException">It cannot be read, or is too long.</exception>
    public static byte[] Bytes(string path)
    {
        try
        {
            return new FileInfo(path) is { Exists: true, Length: > MaxBytes } large
                ? throw new UserErrorException("This file is too long for a picture", where: path,
                    expected: $"at most {MaxBytes >> 20} MB", found: $"{large.Length >> 20} MB",
                    todo: "name a picture, or save it smaller")
                : RegularFile.ReadAllBytes(path);
        }
        catch (Exception e) when (
            e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw Unreadable(path, e);
        }
    }

    /// <summary>The picture as a viewer shows it, averaged down so that no side is longer than asked.</summary>
    /// <param name="file">The bytes of a PNG, JPEG or BMP.</param>
    /// <param name="name">The picture's name in error messages.</param>
    /// <param name="maxPixels">No larger picture is decoded, whatever its header says.</param>
    /// <param name="side">The longest side of the result.</param>
    /// <param name="light">What a colour is read as.</param>
    /// <param name="cancel">Ends the decoding.</param>
    /// <returns>The picture on white paper, and how opaque it is, null where all of it is.</returns>
    /// <exception cref="UserErrorException">It is no picture, too large a one, or damaged.</exception>
    /// <exception cref="OperationCanceledException">Asked to end.</exception>
    public static (GrayPicture OnPaper, GrayPicture? Opacity) Decode(ArraySegment<byte> file, string name,
        long maxPixels, int side, Light light = default, CancellationToken cancel = default)
    {
        try
        {
            if (PngFile.From(file, name) is { } png)
            {
                var rows = Rows(png.Width, png.Height);
                png.Read(rows, light, cancel);
                return Turned(rows, png.Orientation);
            }

            if (JpegFile.From(file, name) is { } jpeg)
            {
                Rows(jpeg.Width, jpeg.Height);
                return Turned(jpeg.Read(side, light, cancel), jpeg.Orientation);
            }

            if (BmpFile.From(file, name) is { } bmp)
            {
                var rows = Rows(bmp.Width, bmp.Height);
                bmp.Read(rows, light, cancel);
                return Turned(rows, 1);
            }
        }
        // A decoder may throw any exception on a damaged file.
        catch (Exception e) when (e is not (OutOfMemoryException or UserErrorException or OperationCanceledException))
        {
            throw Unreadable(name, e);
        }

        throw NoPicture(file, name);

        RowShrinker Rows(long width, long height) => width >= 1 && height >= 1 && width * height <= maxPixels
            ? new RowShrinker((int)width, (int)height, side)
            : throw new UserErrorException("This picture's size is no size to work with", where: name,
                expected: $"at least 1 × 1 and at most {maxPixels >> 20} megapixels", found: $"{width} × {height}",
                todo: "save it in another size");
    }

    /// <summary>Width and height, as the header says.</summary>
    /// <exception cref="UserErrorException">It is no picture.</exception>
    public static (int Width, int Height) SizeOf(ArraySegment<byte> file, string name)
    {
        var (width, height, orientation) = PngFile.From(file, name) is { } png
            ? (png.Width, png.Height, png.Orientation)
            : JpegFile.From(file, name) is { } jpeg ? (jpeg.Width, jpeg.Height, jpeg.Orientation)
            : BmpFile.From(file, name) is { } bmp ? (bmp.Width, bmp.Height, 1) : (0, 0, 1);
        return width >= 1 && height >= 1 && width * height <= MaxPixels
            ? orientation >= 5 ? ((int)height, (int)width) : ((int)width, (int)height)
            : throw NoPicture(file, name);
    }

    /// <summary>Whether a picture has colours: a pixel whose parts differ by more than a JPEG's rounding.</summary>
    /// <exception cref="UserErrorException">It is no picture, or damaged.</exception>
    public static bool IsColourful(ArraySegment<byte> file, string name)
    {
        const int Side = 64, Rounding = 12;
        var parts = Array.ConvertAll(Lights.Colours, light =>
            Decode(file, name, MaxPixels, Side, light).OnPaper.Pixels);
        for (var i = 0; i < parts[0].Length; i++)
        {
            var (red, green, blue) = (parts[0][i], parts[1][i], parts[2][i]);
            if (Math.Max(red, Math.Max(green, blue)) - Math.Min(red, Math.Min(green, blue)) > Rounding)
            {
                return true;
            }
        }

        return false;
    }

    private static UserErrorException NoPicture(ArraySegment<byte> file, string name)
    {
        var (kind, wayOut) = PictureKind.Recognize(file);
        return new UserErrorException("This is no picture that can be read", where: name,
            expected: "a PNG, JPEG or BMP file", found: kind, todo: wayOut);
    }

    private static (GrayPicture OnPaper, GrayPicture? Opacity) Turned(RowShrinker rows, int orientation)
    {
        var (onPaper, opacity) = rows.Picture;
        return orientation == 1 ? (onPaper, opacity) : (onPaper.Turned(orientation), opacity?.Turned(orientation));
    }

    private static UserErrorException Unreadable(string name, Exception e) =>
        new("This picture cannot be read", where: name, expected: "a whole PNG, JPEG or BMP file",
        found: e.Message, todo: "check the name, or save the picture again", inner: e);
}
