using MnistGpu.Data.Pictures.Decoding;
using MnistGpu.Data.Pictures.Ink;

namespace MnistGpu.Data.Pictures;

/// <summary>
/// Turns a picture of digits, a scan, a photo or a drawing, into images as MNIST makes them: white on black, strokes of
/// MNIST's width, scaled to fit 20 × 20 with their aspect kept, centred by mass in 28 × 28.
/// </summary>
internal static class HandwrittenImage
{
    /// <summary>What the names of pictures that can be read end in, in any case.</summary>
    public static IReadOnlySet<string> Endings => PictureReader.Endings;

    /// <summary>The most pixels of a picture that is decoded.</summary>
    public const long MaxPixels = PictureReader.MaxPixels;

    /// <summary>
    /// Reads the one digit in a PNG, JPEG or BMP of any size. What is transparent counts as white paper, and a photo is
    /// turned as it says.
    /// </summary>
    /// <returns>784 pixels, row by row.</returns>
    /// <exception cref="UserErrorException">The file cannot be read, is no picture or too large a one, is blank, or
    /// holds no digit or more than one.</exception>
    public static byte[] Read(string path) => One(Find(path), path);

    /// <summary>The same of a picture in memory, which errors call <paramref name="name"/>.</summary>
    /// <param name="file">The bytes of a PNG, JPEG or BMP.</param>
    /// <param name="name">The picture's name in error messages.</param>
    /// <param name="maxPixels">No larger picture is decoded, whatever its header says; up to
    /// <see cref="MaxPixels"/>.</param>
    /// <returns>784 pixels, row by row.</returns>
    /// <exception cref="UserErrorException">This is no picture or too large a one, it is blank, or it holds no digit or
    /// more than one.</exception>
    public static byte[] Decode(ArraySegment<byte> file, string name, long maxPixels = MaxPixels) =>
        One(Find(file, name, maxPixels: maxPixels), name);

    /// <summary>
    /// Turns a grey picture of one digit, row by row, dark on light or light on dark, into 784 pixels.
    /// </summary>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    /// <exception cref="UserErrorException">The picture is blank, or holds no digit or more than one.</exception>
    public static byte[] Prepare(ReadOnlySpan<byte> gray, int width, int height) =>
        One(Find(gray, width, height), null);

    /// <summary>The digits in a PNG, JPEG or BMP of any size: line by line, each from left to right.</summary>
    /// <param name="path">The file.</param>
    /// <param name="dark">Whether they are to be dark on light, for a model that was trained so.</param>
    /// <exception cref="UserErrorException">The file cannot be read, is no picture or too large a one, is blank, or
    /// holds no digit.</exception>
    public static IReadOnlyList<FoundDigit> Find(string path, bool dark = false) =>
        Find(PictureReader.Bytes(path), path, dark);

    /// <summary>The same of a picture in memory, which errors call <paramref name="name"/>.</summary>
    /// <param name="file">The bytes of a PNG, JPEG or BMP.</param>
    /// <param name="name">The picture's name in error messages.</param>
    /// <param name="dark">Whether the digits are to be dark on light, for a model that was trained so.</param>
    /// <param name="maxPixels">No larger picture is decoded, whatever its header says; up to
    /// <see cref="MaxPixels"/>.</param>
    /// <param name="cancel">Ends the decoding.</param>
    /// <exception cref="UserErrorException">This is no picture or too large a one, it is blank, or holds no
    /// digit.</exception>
    /// <exception cref="OperationCanceledException">Asked to end.</exception>
    public static IReadOnlyList<FoundDigit> Find(ArraySegment<byte> file, string name, bool dark = false,
        long maxPixels = MaxPixels, CancellationToken cancel = default)
    {
        var (onPaper, opacity) = PictureReader.Decode(file, name, maxPixels, DigitFinder.WorkingSide, cancel: cancel);
        try
        {
            return Inked(DigitFinder.Find(onPaper, opacity), dark);
        }
        catch (UserErrorException e)
        {
            throw e.Message.Contains(name, StringComparison.Ordinal) ? e
                : new UserErrorException($"{name}: ", e);
        }
    }

    /// <summary>
    /// The digits in a grey picture, row by row, dark on light or light on dark: line by line, each from left to right.
    /// </summary>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    /// <exception cref="UserErrorException">The picture is blank, or holds no digit.</exception>
    public static IReadOnlyList<FoundDigit> Find(ReadOnlySpan<byte> gray, int width, int height, bool dark = false)
    {
        if (width < 1 || height < 1 || (long)width * height != gray.Length)
        {
            throw new ArgumentException($"{gray.Length} bytes are not {width} × {height} pixels.", nameof(gray));
        }

        return Inked(DigitFinder.Find(GrayPicture.Shrink(gray, width, height, DigitFinder.WorkingSide)), dark);
    }

    private static List<FoundDigit> Inked(List<FoundDigit> digits, bool dark) => dark
        ? digits.ConvertAll(digit => digit with { Pixels = Array.ConvertAll(digit.Pixels, p => (byte)(255 - p)) })
        : digits;

    private static byte[] One(IReadOnlyList<FoundDigit> digits, string? name) => digits.Count == 1 ? digits[0].Pixels
        : throw new UserErrorException("The picture holds more than one digit", where: name, expected: "one digit",
            found: $"{digits.Count} digits side by side", todo: "cut the picture, so that each holds one");
}
