namespace MnistGpu.Deformations;

/// <summary>
/// The elastic distortion's Gaussian as whole numbers. A field R of random whole numbers −255, −253, …, 255 is
/// smoothed column by column, T[y,x] = Σₖ First[|y − k|]·R[k,x] / 2ᶠⁱʳˢᵗ, then row by row,
/// D[y,x] = Σₖ Second[|x − k|]·T[y,k] / 2ˢᵉᶜᵒⁿᵈ, each rounded to the nearest whole number, ties to
/// even. D is the displacement in 1/256 pixel: α times the smoothed field R/255.
/// </summary>
/// <remarks>
/// Simard, Steinkraus and Platt 2003, section 2; the field is 0 outside the image. The second pass's weights hold α.
/// Every sum stays below 2²⁴: 255·2¹⁵ in the first pass, 256·α·2ˢᵉᶜᵒⁿᵈ ≤ 16,000,000 and the
/// rounding of 97 weights in the second.
/// </remarks>
internal sealed class ElasticWeights
{
    /// <summary>Binary places by which the first pass's sums are rounded: T is in 1/8 of R's unit.</summary>
    public const int FirstShift = 12;

    private const int FirstBits = 15;
    private const double TUnit = 255 * (1 << (FirstBits - FirstShift));
    private const double LargestSum = 16e6;

    private readonly int[] first;
    private readonly int[] second;

    /// <summary>The weights for a deformation of images whose longer side has so many pixels.</summary>
    public ElasticWeights(Deformation deformation, int side)
    {
        SecondShift = Math.Min(20, (int)Math.Floor(Math.Log2(LargestSum / (256 * deformation.ElasticAlpha))));
        first = Round(deformation.ElasticSigma, side, 1 << FirstBits);
        second = Round(deformation.ElasticSigma, side, deformation.ElasticAlpha * 256 / TUnit * (1 << SecondShift));
    }

    /// <summary>[side] weights of the first pass by distance.</summary>
    public ReadOnlySpan<int> First => first;

    /// <summary>[side] weights of the second pass by distance.</summary>
    public ReadOnlySpan<int> Second => second;

    /// <summary>Binary places by which the second pass's sums are rounded.</summary>
    public int SecondShift { get; }

    // total·exp(−d²/2σ²)/Σ, the sum over all whole distances to both sides.
    private static int[] Round(double sigma, int side, double total)
    {
        var sum = 1.0;
        for (var d = 1; d <= 10 * sigma; d++)
        {
            sum += 2 * Math.Exp(-d * d / (2 * sigma * sigma));
        }

        var weights = new int[side];
        for (var d = 0; d < side; d++)
        {
            weights[d] = (int)Math.Round(total * Math.Exp(-d * d / (2 * sigma * sigma)) / sum);
        }

        return weights;
    }
}
