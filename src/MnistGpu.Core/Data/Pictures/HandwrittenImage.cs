using MnistGpu.Files;
using StbImageSharp;

namespace MnistGpu.Data.Pictures;

/// <summary>
/// Turns a picture of one digit, a scan, a photo or a drawing, into an image as MNIST makes them: white on black,
/// scaled to fit 20 × 20 with its aspect kept, centred by mass in 28 × 28.
/// </summary>
public static class HandwrittenImage
{
    /// <summary>The most pixels of a picture that is decoded.</summary>
    public const long MaxPixels = 64L << 20;

    /// <summary>Larger pictures are averaged down to this first: what is finer is noise to a 20 × 20 box.</summary>
    private const int WorkingSide = 800;

    /// <summary>A picture whose levels differ by less is blank.</summary>
    private const int LeastContrast = 24;

    /// <summary>Reads a PNG, JPEG or BMP of any size. What is transparent counts as white paper.</summary>
    /// <returns>784 pixels, row by row.</returns>
    /// <exception cref="UserErrorException">The file cannot be read, is no picture or too large a one, or is
    /// blank.</exception>
    public static byte[] Read(string path)
    {
        byte[] file;
        try
        {
            file = RegularFile.ReadAllBytes(path);
        }
        catch (Exception e) when (
            e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw Unreadable(path, e);
        }

        return Decode(file, path, MaxPixels);
    }

    /// <summary>The same of a picture in memory, which errors call <paramref name="name"/>.</summary>
    /// <param name="file">The bytes of a PNG, JPEG or BMP.</param>
    /// <param name="name">The picture's name in error messages.</param>
    /// <param name="maxPixels">No larger picture is decoded, whatever its header says; up to
    /// <see cref="MaxPixels"/>.</param>
    /// <returns>784 pixels, row by row.</returns>
    /// <exception cref="UserErrorException">This is no picture or too large a one, or it is blank.</exception>
    public static byte[] Decode(ArraySegment<byte> file, string name, long maxPixels = MaxPixels)
    {
        try
        {
            var png = PngFile.From(file, name);
            var (width, height) = png is null ? Size(file, name) : (png.Width, png.Height);
            if (width < 1 || height < 1 || width * height > maxPixels)
            {
                throw new UserErrorException("This picture's size is no size to work with", where: name,
                    expected: $"at least 1 × 1 and at most {maxPixels >> 20} megapixels",
                    found: $"{width} × {height}", todo: "save it in another size");
            }

            png?.RequireDecodable();
            using var whole = new PictureStream(file);
            var image = ImageResult.FromStream(whole, ColorComponents.GreyAlpha);
            return PrepareOnPaper(image.Data, image.Width, image.Height);
        }
        catch (UserErrorException e)
        {
            throw e.Message.Contains(name, StringComparison.Ordinal) ? e
                : new UserErrorException($"{name}: ", e);
        }
        // The decoder may throw any exception on a damaged file.
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            throw Unreadable(name, e);
        }
    }

    /// <summary>Turns a grey picture, row by row, dark on light or light on dark, into 784 pixels.</summary>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    /// <exception cref="UserErrorException">The picture is blank.</exception>
    public static byte[] Prepare(ReadOnlySpan<byte> gray, int width, int height)
    {
        if (width < 1 || height < 1 || (long)width * height != gray.Length)
        {
            throw new ArgumentException($"{gray.Length} bytes are not {width} × {height} pixels.", nameof(gray));
        }

        var picture = GrayPicture.Shrink(gray, width, height, WorkingSide);
        var (ink, noise) = picture.InkOnPaper();
        var peak = ink.Level(0.9995);
        if (peak < LeastContrast || peak <= noise)
        {
            throw Blank();
        }

        if (MnistLayout.IsAlready(ink))
        {
            return ink.Pixels;
        }

        // Paper is never quite even: what is faint is taken for paper, what is clearly ink for full ink, as MNIST's
        // black and white originals were.
        ink.Stretch(Math.Max(noise, peak / 4), peak * 3 / 4);
        ink.RemoveSpecks();
        return MnistLayout.Place(ink) ?? throw Blank();
    }

    private static (long Width, long Height) Size(ArraySegment<byte> file, string name)
    {
        using var header = new PictureStream(file);
        // The decoder knows GIF, PSD and TGA too, whose sizes nothing here checks.
        var isKnown = file.AsSpan() is [0xFF, 0xD8, ..] or [(byte)'B', (byte)'M', ..];
        return isKnown && ImageInfo.FromStream(header) is { } info
            ? (info.Width, info.Height)
            : throw new UserErrorException("This is no picture", where: name, expected: "a PNG, JPEG or BMP file",
                found: file.Count == 0 ? "an empty file"
                : $"first bytes {Convert.ToHexString(file.AsSpan(0, Math.Min(8, file.Count)))}",
                todo: "save the picture as PNG");
    }

    private static byte[] PrepareOnPaper(byte[] grayAlpha, int width, int height)
    {
        var gray = new byte[width * height];
        var clear = false;
        for (var i = 0; i < gray.Length; i++)
        {
            int alpha = grayAlpha[2 * i + 1];
            clear |= alpha < 255;
            gray[i] = (byte)((grayAlpha[2 * i] * alpha + 255 * (255 - alpha) + 127) / 255);
        }

        try
        {
            return Prepare(gray, width, height);
        }
        catch (UserErrorException) when (clear)
        {
            // White ink on nothing: what is there is the ink.
            for (var i = 0; i < gray.Length; i++)
            {
                gray[i] = grayAlpha[2 * i + 1];
            }

            return Prepare(gray, width, height);
        }
    }

    private static UserErrorException Unreadable(string name, Exception e) =>
        new("This picture cannot be read", where: name, expected: "a whole PNG, JPEG or BMP file",
        found: e.Message, todo: "check the name, or save the picture again", inner: e);

    private static UserErrorException Blank() =>
        new("The picture is blank", expected: "one digit, dark on light or light on dark",
        found: "no ink that stands out from the paper", todo: "use a picture with more contrast");
}

/// <summary>
/// A file in memory that ends. The decoder takes what lies past the end for zeros, and looks for the next marker of a
/// JPEG that ends early for ever; here a read far past the end fails. A little past it is usual: decoders read ahead.
/// It also decodes the whole of a JPEG once for each of its scans, which may be ten bytes long; so their number is
/// limited.
/// </summary>
file sealed class PictureStream(ArraySegment<byte> file)
    : MemoryStream(file.Array ?? [], file.Offset, file.Count, writable: false)
{
    private const int ReadAhead = 4096;

    /// <summary>Progressive JPEGs have about ten; what the headers hold besides can look like a few.</summary>
    private const int MostScans = 250;

    private static ReadOnlySpan<byte> StartOfScan => [0xFF, 0xDA];

    private readonly bool jpeg = file.AsSpan().StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8]);

    private int missing;
    private int scans;

    public override int ReadByte()
    {
        var before = Position;
        var read = base.ReadByte();
        Check(before, read < 0 ? 1 : 0);
        return read;
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        var before = Position;
        var read = base.Read(buffer, offset, count);
        Check(before, count - read);
        return read;
    }

    private void Check(long before, int more)
    {
        missing += more;
        if (missing > ReadAhead)
        {
            throw new EndOfStreamException("the file ends in the middle of the picture");
        }

        // With the byte before, for a marker may lie across two reads.
        var from = (int)Math.Max(0, before - 1);
        scans += jpeg && Position > before ? file.AsSpan(from, (int)Position - from).Count(StartOfScan) : 0;
        if (scans > MostScans)
        {
            throw new InvalidDataException($"it has more than {MostScans} scans");
        }
    }
}
