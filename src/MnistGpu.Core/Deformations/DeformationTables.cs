namespace MnistGpu.Deformations;

/// <summary>All that is worked out once for a deformation of images of one size.</summary>
/// <remarks>
/// How an image is deformed, in whole numbers throughout: pixel (x, y) of the result has its source at s =
/// round(<see cref="AffineMap"/>(x, y)/32) + D[y,x] in 1/256 pixel, D from <see cref="ElasticWeights"/>, and is there
/// interpolated between the four pixels around, 0 outside the image: with f = s mod 256, top = 256·p00 + fx·(p01 −
/// p00), bottom likewise from p10 and p11, pixel = round((256·top + fy·(bottom − top))/65536). Every value is below
/// 2²⁴, so float32, float64 and integers compute the same bytes. Rounding is to the nearest, ties to even.
/// </remarks>
internal sealed class DeformationTables
{
    /// <summary>Random bytes that one counter gives: byte k of word w is its byte 4w + k, lowest first.</summary>
    public const int BytesPerCounter = 16;

    /// <summary>The counter's last word of the first sixteen random bytes of the fields.</summary>
    public const uint FirstFieldCounter = AffineMap.Counter + 1;

    /// <summary>Works out the tables.</summary>
    /// <param name="deformation">How far images are deformed.</param>
    /// <param name="pixels">Pixels of an image.</param>
    /// <exception cref="ArgumentOutOfRangeException">Such images cannot be deformed.</exception>
    public DeformationTables(Deformation deformation, int pixels)
    {
        (Width, Height) = deformation.SizeOf(pixels) ?? throw new ArgumentOutOfRangeException(nameof(pixels), pixels,
            $"Sides are from 1 to {Deformation.MaxSide} pixels.");
        Ranges = DeformationRanges.From(deformation);
        Elastic = deformation.ElasticAlpha > 0 ? new ElasticWeights(deformation, Math.Max(Width, Height)) : null;
    }

    /// <summary>Pixels side by side.</summary>
    public int Width { get; }

    /// <summary>Pixels one above the other.</summary>
    public int Height { get; }

    /// <summary>Pixels of an image.</summary>
    public int Pixels => Width * Height;

    /// <summary>The affine part's ranges.</summary>
    public DeformationRanges Ranges { get; }

    /// <summary>The elastic part's weights; null where there is none.</summary>
    public ElasticWeights? Elastic { get; }

    /// <summary>
    /// Counters that the two fields take: a byte per pixel for the displacements along x, then as many for those
    /// along y.
    /// </summary>
    public int FieldCounters => (2 * Pixels + BytesPerCounter - 1) / BytesPerCounter;
}
