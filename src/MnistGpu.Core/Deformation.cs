namespace MnistGpu;

/// <summary>
/// How far training images are deformed, afresh for each image and epoch: every amount is drawn uniformly from −range
/// to +range. The same seed, epoch and image give the same bytes on every engine. Ranges of 0 leave the images alone.
/// </summary>
/// <remarks>
/// Affine: Cireşan et al. 2010, arXiv 1003.0358, section 2.2. Elastic: Simard, Steinkraus and Platt 2003, "Best
/// practices for convolutional neural networks applied to visual document analysis", section 2.
/// </remarks>
public sealed record Deformation
{
    /// <summary>
    /// Pixels along a side of the largest image that can be deformed: what whole numbers below 2²⁴ allow, rounded down.
    /// </summary>
    public const int MaxSide = 512;

    /// <summary>Pixels side by side of the images, 1 to <see cref="MaxSide"/>; 0 where they are squares.</summary>
    internal int Width
    {
        get;
        init => field = value is >= 0 and <= MaxSide
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Width), value, $"A width is from 0 to {MaxSide} pixels.");
    }

    /// <summary>Whether the classes 1 and 7 are those digits: of other things, none turns less far.</summary>
    internal bool AreDigits { get; init; } = true;

    /// <summary>Pixels to the side and up or down, 0 to 8.</summary>
    public double Shift { get; init => field = Range(nameof(Shift), value, 8); }

    /// <summary>Degrees of rotation, 0 to 45; for ones and sevens half of it, because a turned 1 is a 7.</summary>
    public double Rotation { get; init => field = Range(nameof(Rotation), value, 45); }

    /// <summary>Share by which width and height grow or shrink, each by its own draw, 0 to 0.5.</summary>
    public double Scale { get; init => field = Range(nameof(Scale), value, 0.5); }

    /// <summary>Degrees by which upright strokes lean, 0 to 45; for ones and sevens half of it.</summary>
    public double Shear { get; init => field = Range(nameof(Shear), value, 45); }

    /// <summary>
    /// α of the elastic distortion in pixels, 0 to 100: what the smoothed random field, drawn from −1 to 1, is
    /// multiplied by.
    /// </summary>
    public double ElasticAlpha { get; init => field = Range(nameof(ElasticAlpha), value, 100); }

    /// <summary>σ of the Gaussian that smooths the elastic distortion's field, in pixels, 2 to 12.</summary>
    public double ElasticSigma
    {
        get;
        init => field = value is >= 2 and <= 12
            ? value
            : throw new ArgumentOutOfRangeException(nameof(ElasticSigma), value,
                "σ of the elastic distortion is from 2 to 12 pixels.");
    } = 6;

    /// <summary>Width and height of images of so many pixels; null where such images cannot be deformed.</summary>
    internal (int Width, int Height)? SizeOf(int pixels)
    {
        var width = Width > 0 ? Width : (int)Math.Sqrt(pixels);
        var height = width > 0 ? pixels / width : 0;
        return pixels > 0 && width * height == pixels && (Width > 0 || width == height)
            && Math.Max(width, height) <= MaxSide ? (width, height) : null;
    }

    private static double Range(string name, double value, double most) => value >= 0 && value <= most
        ? value
        : throw new ArgumentOutOfRangeException(name, value, $"This range is from 0 to {most}.");
}
