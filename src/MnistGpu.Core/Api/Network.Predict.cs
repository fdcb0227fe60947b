using MnistGpu.Data;
using MnistGpu.Data.Pictures;
using MnistGpu.Data.Pictures.Decoding;
using MnistGpu.Training;

namespace MnistGpu;

public sealed partial class Network
{
    /// <summary>What the network says of one image. Any number of threads may ask at once.</summary>
    /// <param name="pixels">Height · width · channels bytes, row by row from the top, a pixel's bytes together; of
    /// digits, 0 is the background and 255 full ink.</param>
    /// <exception cref="UserErrorException">This is no image of the network's size, the network computes no numbers, or
    /// the device does not start, which is tried with the first call after training.</exception>
    /// <exception cref="ObjectDisposedException">The network was disposed of.</exception>
    public Answer Predict(ReadOnlySpan<byte> pixels)
    {
        if (pixels.Length != images.Pixels)
        {
            throw NoImages(pixels.Length, "one image");
        }

        var AL = new double[images.Classes];
        Predict(pixels, AL);
        return AnswerOf(AL);
    }

    /// <summary>What the network says of each of many images that lie one after the other.</summary>
    /// <param name="pixels">Images · height · width · channels bytes.</param>
    /// <returns>An answer for each image, in their order; none for no image.</returns>
    /// <inheritdoc cref="Predict(ReadOnlySpan{byte})" path="/exception"/>
    public Answer[] PredictMany(ReadOnlySpan<byte> pixels)
    {
        var classes = images.Classes;
        var room = (long)(pixels.Length / images.Pixels) * classes;
        if (room > Array.MaxLength)
        {
            throw new UserErrorException("These are too many images for one call", where: nameof(pixels),
                expected: $"at most {Array.MaxLength / classes} images", found: $"{pixels.Length / images.Pixels}",
                todo: "ask for a part of them at a time");
        }

        var AL = new double[room];
        Predict(pixels, AL);
        var answers = new Answer[AL.Length / classes];
        for (var j = 0; j < answers.Length; j++)
        {
            answers[j] = AnswerOf(AL.AsMemory(j * classes, classes));
        }

        return answers;
    }

    /// <summary>The probabilities for one or many images, into the caller's memory: nothing is allocated on the CPU.
    /// </summary>
    /// <param name="pixels">Images · height · width · channels bytes.</param>
    /// <param name="probabilities">Receives images · classes probabilities, an image's together.</param>
    /// <inheritdoc cref="Predict(ReadOnlySpan{byte})" path="/exception"/>
    public void Predict(ReadOnlySpan<byte> pixels, Span<double> probabilities)
    {
        if (pixels.Length % images.Pixels != 0)
        {
            throw NoImages(pixels.Length, "whole images");
        }

        var expected = (long)(pixels.Length / images.Pixels) * images.Classes;
        if (probabilities.Length != expected)
        {
            throw new UserErrorException("The answers need another room", where: nameof(probabilities),
                expected: $"{expected} numbers, {images.Classes} for each image", found: $"{probabilities.Length}",
                todo: "give a span of that length");
        }

        if (pixels.IsEmpty)
        {
            ObjectDisposedException.ThrowIf(isDisposed, this);
            return;
        }

        Compute(pixels, probabilities);
        foreach (var probability in probabilities)
        {
            if (!double.IsFinite(probability))
            {
                throw NoNumbers();
            }
        }
    }

    /// <summary>
    /// What the network says of a picture: a PNG, JPEG or BMP of any size. A digit is found on its paper and prepared
    /// as MNIST's are, where the network reads digits; else the whole picture is scaled to the network's images.
    /// </summary>
    /// <param name="picture">The file.</param>
    /// <exception cref="UserErrorException">The file cannot be read, is no picture, or shows no digit or more than one;
    /// see <see cref="PredictMany(string)"/>.</exception>
    /// <exception cref="ObjectDisposedException">The network was disposed of.</exception>
    public Answer Predict(string picture)
    {
        var answers = PredictMany(picture);
        return answers.Length == 1 ? answers[0]
            : throw new UserErrorException("The picture holds more than one digit", where: picture,
                expected: "one digit", found: $"{answers.Length} digits", todo: "ask PredictMany for all of them");
    }

    /// <summary>What the network says of every digit in a picture, line by line and from left to right; of other images
    /// the one answer for the whole picture.</summary>
    /// <param name="picture">The file.</param>
    /// <exception cref="UserErrorException">The file cannot be read, is no picture, or shows no digit.</exception>
    /// <exception cref="ObjectDisposedException">The network was disposed of.</exception>
    public Answer[] PredictMany(string picture)
    {
        ArgumentNullException.ThrowIfNull(picture);
        return Ask(Find(picture));
    }

    /// <summary>The same of a picture that comes from elsewhere, such as a request to a server.</summary>
    /// <param name="picture">The bytes of a PNG, JPEG or BMP, up to 64 MiB.</param>
    /// <param name="cancel">Gives up reading and decoding.</param>
    /// <exception cref="UserErrorException">This is no picture, or too large a one, or it shows no digit.</exception>
    /// <exception cref="ObjectDisposedException">The network was disposed of.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> was signalled.</exception>
    public async Task<Answer[]> PredictManyAsync(Stream picture, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(picture);
        const string Name = "the picture";
        const int Most = 1 << 26;
        using var bytes = new MemoryStream();
        var part = new byte[1 << 16];
        int count;
        while ((count = await picture.ReadAsync(part, cancel).ConfigureAwait(false)) > 0)
        {
            if (bytes.Length + count > Most)
            {
                throw new UserErrorException("This picture is too large", where: Name,
                    expected: $"at most {Most:N0} bytes", found: "more", todo: "send a smaller one");
            }

            bytes.Write(part, 0, count);
        }

        return Ask(Find(new ArraySegment<byte>(bytes.GetBuffer(), 0, (int)bytes.Length), Name, cancel));
    }

    /// <summary>The same of images that are known to fit, whatever comes of them.</summary>
    internal void Compute(ReadOnlySpan<byte> pixels, Span<double> probabilities) =>
        Asked().Predict(pixels, probabilities);

    /// <summary>The images in a picture: its digits, or the whole of it.</summary>
    internal IReadOnlyList<byte[]> Find(string picture) => Find(PictureReader.Bytes(picture), picture, default);

    private IReadOnlyList<byte[]> Find(ArraySegment<byte> file, string name, CancellationToken cancel) =>
        images.IsDigits
            ? [.. HandwrittenImage.Find(file, name, ModelImages.AreDark(Model.Metadata), cancel: cancel)
                .Select(digit => digit.Pixels)]
            : [SmallPicture.Decode(file, name, images, cancel: cancel)];

    /// <summary>How good the network is on images of its size. Their classes are matched by name.</summary>
    /// <param name="set">The images.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="UserErrorException">The images have another size, one is of a class that the network does not
    /// know, or the network computes no numbers.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> was signalled.</exception>
    /// <exception cref="ObjectDisposedException">The network was disposed of.</exception>
    public Score Evaluate(ImageSet set, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(set);
        cancel.ThrowIfCancellationRequested();
        return Measure(Fit(new DigitData(set.Digits, null, set.Source, null)).Train, cancel);
    }

    /// <summary>Data whose classes are numbered as the network's outputs are.</summary>
    internal DigitData Fit(DigitData data) => new ModelOnData(Source, Model).Fit(data);

    /// <summary>How good the network is on images that <see cref="Fit"/> it.</summary>
    internal Score Measure(DigitSet set, CancellationToken cancel)
    {
        var score = Asked().Evaluate(set, cancel);
        return double.IsFinite(score.Loss) ? score : throw NoNumbers();
    }

    private Answer[] Ask(IReadOnlyList<byte[]> found) => PredictMany(found.SelectMany(image => image).ToArray());

    private Answer AnswerOf(ReadOnlyMemory<double> AL)
    {
        var best = Evaluation.Best(AL.Span);
        return new Answer(best, classNames[best], AL);
    }

    private UserErrorException NoImages(int bytes, string what) =>
        new($"These bytes are not {what} of the network's size", where: "pixels",
            expected: $"{images.Size}, {images.Pixels} bytes each", found: $"{bytes} bytes",
            todo: "scale the picture to that size, or name its file: Predict(path) prepares it");

    internal UserErrorException NoNumbers() =>
        new("This model cannot compute: its outputs are no numbers", where: Source,
            expected: "parameters of ordinary size", found: "numbers too large for float32",
            todo: "use a model whose training did not diverge");
}
