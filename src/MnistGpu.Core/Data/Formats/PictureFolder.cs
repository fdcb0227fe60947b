namespace MnistGpu.Data.Formats;

/// <summary>What a folder of pictures holds.</summary>
/// <param name="Train">The images to train on.</param>
/// <param name="Test">The images to test on, where there are any.</param>
/// <param name="IsDark">Whether the images are dark on light, and were kept so.</param>
/// <param name="Notice">What was done to them that the user should know, one line; null for nothing.</param>
internal sealed record PictureFolder(DigitSet Train, DigitSet? Test, bool IsDark, string? Notice)
{
    /// <summary>Turns images over where most are dark on light, unless they are kept as they are.</summary>
    internal static PictureFolder Create(PictureSet train, PictureSet? test, bool asIs, ReadLog log)
    {
        PictureSet[] sets = test is null ? [train] : [train, test];
        var notices = log.Guesses;
        int images = sets.Sum(set => set.Count(PictureKinds.None)), dark = sets.Sum(set => set.CountDark());
        var isDark = 2 * dark > images;
        if (!asIs)
        {
            foreach (var set in sets)
            {
                set.TurnOver(opaque: isDark);
            }
        }

        if (isDark)
        {
            notices.Add(asIs ? $"{dark} of these images are dark on light and are kept so: predict and serve will turn "
                    + "pictures over for this model"
                : $"{dark} of these images are dark on light; they are turned over, as MNIST is light on dark "
                    + "(LoadOptions.KeepsPolarity = true keeps them)");
        }

        if (sets.Sum(set => set.Count(PictureKinds.Clear)) is > 0 and var clear)
        {
            notices.Add($"{clear} of these images are transparent: what is opaque in them is the ink");
        }

        if (sets.Sum(set => set.Count(PictureKinds.Prepared)) is > 0 and var prepared)
        {
            notices.Add($"{prepared} of these images are not {Mnist.Side} × {Mnist.Side}: they are prepared as "
                + "predict prepares a picture");
        }

        return new PictureFolder(train.ToDigits(), test?.ToDigits(), asIs && isDark,
            notices.Count == 0 ? null : string.Join("; ", notices));
    }
}

/// <summary>How an image was read.</summary>
internal enum PictureKinds : byte
{
    /// <summary>As it is.</summary>
    None,

    /// <summary>From a picture that is transparent in parts, laid on white paper.</summary>
    Clear,

    /// <summary>From a picture of another size, as predict does.</summary>
    Prepared,

    /// <summary>The whole picture, of other things than digits.</summary>
    Whole,
}

/// <summary>The images of some folders while they are read.</summary>
internal sealed class PictureSet(byte[] pixels, byte[] labels, PictureKinds[] kinds, string folder,
    DataShape shape)
{
    /// <summary>How many images were read so.</summary>
    public int Count(PictureKinds kind) => kinds.Count(k => k == kind);

    /// <summary>How many of the images that were read as they are are dark on light.</summary>
    public int CountDark() =>
        Enumerable.Range(0, kinds.Length).Count(j =>
            kinds[j] == PictureKinds.None && DataFacts.IsDark(Image(j), shape));

    /// <summary>
    /// Turns transparent images over that are dark on light; and those that were read as they are, where asked to.
    /// </summary>
    public void TurnOver(bool opaque)
    {
        for (var j = 0; j < kinds.Length; j++)
        {
            var image = Image(j);
            if ((kinds[j] == PictureKinds.Clear || (opaque && kinds[j] == PictureKinds.None))
                && DataFacts.IsDark(image, shape))
            {
                foreach (ref var level in image)
                {
                    level = (byte)(255 - level);
                }
            }
        }
    }

    /// <summary>The images and their labels.</summary>
    public DigitSet ToDigits() => new(pixels, labels, folder, shape);

    private Span<byte> Image(int j) => pixels.AsSpan(j * shape.Pixels, shape.Pixels);
}
