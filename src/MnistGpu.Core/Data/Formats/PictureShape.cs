using System.Collections.Immutable;
using MnistGpu.Data.Pictures.Decoding;

namespace MnistGpu.Data.Formats;

/// <summary>What size and colours pictures of unknown sizes are read in.</summary>
internal static class PictureShape
{
    // Enough to tell, spread over all.
    private const int Sampled = 50;

    // Larger pictures are photos: a network that reads every pixel would be huge.
    private const int MostAsIs = 64;

    /// <summary>What size the images get, and whether they are in colour.</summary>
    /// <param name="files">The pictures.</param>
    /// <param name="names">The classes.</param>
    /// <param name="options">What the user says of the pictures.</param>
    /// <param name="wanted">The images that a network reads; null for none.</param>
    /// <param name="log">Is told what was guessed.</param>
    /// <param name="isOneSize">Whether this is the pictures' own size, as far as some of them tell.</param>
    /// <exception cref="UserErrorException">A picture is none, or the size that the user says cannot be.</exception>
    public static DataShape Of(StoredPicture[] files, string[] names, ReadAs options, DataShape? wanted, ReadLog log,
        out bool isOneSize)
    {
        isOneSize = false;
        ImmutableArray<string> classes = [.. names.Select(name => DataShape.NameFrom(name, files[0].Path))];
        if (DataShape.Fault(1, 1, 1, classes) is { } wrong)
        {
            throw new UserErrorException("These are no classes to choose from", where: files[0].Path,
                expected: $"1 to {DataShape.MaxClasses} names, no two alike", found: wrong,
                todo: "rename the classes, or leave some out");
        }

        if (wanted is not null)
        {
            return wanted.With(classes, wanted.IsDigits);
        }

        var areDigits = Array.TrueForAll(names, IsDigit);
        if (areDigits && options.Size is null && options.IsColour != true)
        {
            return new DataShape(Mnist.Side, Mnist.Side, 1, classes, areDigits: true);
        }

        (var width, var height, var channels, isOneSize) = Measure(files, options, log, areDigits);
        return new DataShape(width, height, channels, classes, areDigits: false);
    }

    /// <summary>
    /// The size of small pictures that all have the same, else MNIST's, unless the user says another; and 3 channels
    /// where any has colours. Whether the size is that of the pictures looked at, rather than the user's or MNIST's.
    /// </summary>
    /// <param name="files">The pictures, of which some are looked at.</param>
    /// <param name="options">What the user says of them.</param>
    /// <param name="log">Is told what was guessed.</param>
    /// <param name="isCalm">Whether what is guessed of the colours goes without saying.</param>
    /// <exception cref="UserErrorException">A picture is none, or the size that the user says cannot be.</exception>
    public static (int Width, int Height, int Channels, bool IsOneSize) Measure(StoredPicture[] files, ReadAs options,
        ReadLog log, bool isCalm = false)
    {
        var sample = Enumerable.Range(0, Math.Min(files.Length, Sampled))
            .Select(i => files[(int)((long)i * files.Length / Math.Min(files.Length, Sampled))]).ToArray();
        var sizes = sample.Select(file => PictureReader.SizeOf(file.Bytes(), file.Path)).Distinct().ToArray();
        var isOneSize = sizes.Length == 1 && Math.Max(sizes[0].Width, sizes[0].Height) <= MostAsIs;
        var (width, height) = options.Size ?? (isOneSize ? sizes[0] : (Mnist.Side, Mnist.Side));
        if (DataShape.Fault(width, height, 1, DataShape.Numbers(1)) is { } fault)
        {
            throw new UserErrorException("These images cannot be read so",
                expected: $"sides of 1 to {DataShape.MaxSide:N0} pixels", found: fault,
                todo: "give another LoadOptions.Size");
        }

        if (options.Size is null && !isOneSize)
        {
            log.Guess($"the pictures are scaled to {width} × {height} pixels "
                + "(LoadOptions.Size = (WIDTH, HEIGHT) says otherwise)");
        }

        var isColour = options.IsColour
            ?? Array.Exists(sample, file => PictureReader.IsColourful(file.Bytes(), file.Path));
        if (options.IsColour is null && !isCalm)
        {
            log.Guess(isColour ? "the pictures are read in colour (LoadOptions.IsColour = false says otherwise)"
                : "the pictures are read in grey (LoadOptions.IsColour = true says otherwise)");
        }

        return (width, height, isColour ? 3 : 1, options.Size is null && isOneSize);
    }

    /// <summary>Tells how many pictures have another size than those that were looked at.</summary>
    /// <param name="scaled">How many.</param>
    /// <param name="shape">The size that they are scaled to.</param>
    /// <param name="source">Where they are.</param>
    /// <param name="log">Is told; null where the size is not the pictures' own.</param>
    public static void SayScaled(int scaled, DataShape shape, string source, ReadLog? log)
    {
        if (scaled > 0)
        {
            log?.Guess($"{scaled:N0} of the pictures in {source} have another size than most and are scaled to "
                + $"{shape.Width} × {shape.Height} pixels (LoadOptions.Size = WIDTHxHEIGHT says otherwise)");
        }
    }

    private static bool IsDigit(string name) => name is [>= '0' and <= '9'];
}
