namespace MnistGpu.Model;

/// <summary>
/// How a step changes the parameters, plain gradient descent: Wl := Wl − α·dWl, bl := bl − α·dbl.
/// </summary>
/// <param name="alpha">α, the learning rate.</param>
public readonly struct UpdateRule(double alpha)
{
    /// <summary>α, the learning rate: finite and above 0.</summary>
    public double Alpha { get; } = double.IsFinite(alpha) && alpha > 0
        ? alpha
        : throw new UserErrorException("This learning rate cannot train", where: "--rate", expected: "a finite number above 0", found: $"{alpha}",
            todo: "try 0.1");
}
