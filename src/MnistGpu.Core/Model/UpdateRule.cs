namespace MnistGpu.Model;

/// <summary>
/// How a step changes the parameters, plain gradient descent: Wl := Wl − α·dWl, bl := bl − α·dbl.
/// </summary>
/// <param name="alpha">α, the learning rate.</param>
public readonly struct UpdateRule(double alpha)
{
    /// <summary>α, the learning rate: finite and above 0, as a float32 too, which is what most engines compute with.</summary>
    public double Alpha { get; } = float.IsFinite((float)alpha) && (float)alpha > 0
        ? alpha
        : throw new UserErrorException("This learning rate cannot train", where: "--rate", expected: "a finite number above 0, not too small or large for float32", found: $"{alpha}",
            todo: "try 0.1");
}
