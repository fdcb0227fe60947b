namespace MnistGpu.Proof;

/// <summary>
/// What a product Σ a·b may lose where its operands are rounded before they are multiplied: with at most ρ of each,
/// and K products summed in float32, |error| ≤ ((1 + ρ)²·(1 + γ(c·K)) − 1)·Σ|a·b|.
/// </summary>
/// <param name="Operand">ρ, the largest share of an operand that its rounding takes or adds.</param>
/// <param name="SumFactor">
/// c, the roundings that a term of the sum may cost: 1 on the usual units; 4 on tensor cores, which align what they add
/// to the largest of several terms and may cut off rather than round (Fasi, Higham, Mikaitis and Pranesh, "Numerical
/// behavior of NVIDIA tensor cores", 2021).
/// </param>
internal sealed record ProductRounding(double Operand, int SumFactor)
{
    /// <summary>Operands as they are.</summary>
    public static ProductRounding None { get; } = new(0, 1);

    /// <summary>TF32: 11 bits of significand, rounded to the nearest, so at most 2⁻¹¹.</summary>
    public static ProductRounding Tf32 { get; } = new(1.0 / (1 << 11), 4);

    /// <summary>bf16: 8 bits of significand, rounded to the nearest, so at most 2⁻⁸.</summary>
    public static ProductRounding Bf16 { get; } = new(1.0 / (1 << 8), 4);

    /// <summary>The largest share of Σ|a·b| that the product may be off by.</summary>
    /// <param name="terms">K.</param>
    /// <param name="others">Roundings to float32 that follow, such as that of 1/255.</param>
    /// <param name="rounded">How many of the two operands are rounded: one where the other is pixels, whose 8 bits are
    /// exact in both formats.</param>
    public double Share(long terms, int others = 0, int rounded = 2) =>
        Share(RoundingBounds.Gamma, terms, others, rounded);

    /// <summary>The same with another bound of sums.</summary>
    /// <param name="gamma">What n roundings may come to.</param>
    /// <param name="terms">K.</param>
    /// <param name="others">As above.</param>
    /// <param name="rounded">As above.</param>
    internal double Share(Func<long, double> gamma, long terms, int others = 0, int rounded = 2)
    {
        var operands = 0.0; // (1 + ρ)ⁿ − 1, not by a power: for ρ = 0 it must be 0, and for small ρ exact.
        for (var n = 0; n < rounded; n++)
        {
            operands += Operand + operands * Operand;
        }

        return operands + (1 + operands) * gamma(SumFactor * terms + others);
    }
}
