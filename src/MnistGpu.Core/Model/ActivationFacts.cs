namespace MnistGpu.Model;

/// <summary>The constants of <see cref="Activation.ScaledTanh"/>.</summary>
internal static class ScaledTanh
{
    /// <summary>The limit for large Z.</summary>
    public const double Height = 1.7159;

    /// <summary>How steep it is before the height.</summary>
    public const double Slope = 2.0 / 3;
}

/// <summary>The constant of <see cref="Activation.LeakyReLU"/>.</summary>
internal static class LeakyReLU
{
    /// <summary>The slope where Z is not above 0.</summary>
    public const double Slope = 0.01;
}

/// <summary>What is to know of an activation before anything is computed.</summary>
internal static class Activations
{
    /// <summary>The names in options and files, in the order of the enum.</summary>
    public static IReadOnlyDictionary<string, Activation> Names { get; } =
        Enum.GetValues<Activation>().ToDictionary(Name);

    /// <summary>What options and files call it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such activation.</exception>
    public static string Name(this Activation activation) => Facts(activation).Name;

    /// <summary>What people call it.</summary>
    /// <inheritdoc cref="Name" path="/exception"/>
    public static string Title(this Activation activation) => Facts(activation).Title;

    /// <summary>Whether the slope jumps where Z is 0, so that there no difference of losses is a slope.</summary>
    /// <inheritdoc cref="Name" path="/exception"/>
    public static bool HasKink(this Activation activation) => Facts(activation).HasKink;

    /// <summary>
    /// Whether the slope is 0 wherever A is 0. Dropout then shows in A itself: dA needs the factor 1/(1 − p) alone, and
    /// the masks are not drawn again.
    /// </summary>
    /// <inheritdoc cref="Name" path="/exception"/>
    public static bool ZeroHasNoSlope(this Activation activation) => Facts(activation).ZeroHasNoSlope;

    private static (string Name, string Title, bool HasKink, bool ZeroHasNoSlope) Facts(Activation activation) =>
        activation switch
        {
            Activation.ReLU => ("relu", "ReLU", true, true),
            Activation.ScaledTanh => ("tanh", "scaled tanh", false, false),
            Activation.LeakyReLU => ("leaky-relu", "leaky ReLU", true, false),
            _ => throw new ArgumentOutOfRangeException(nameof(activation), activation, "There is no such activation."),
        };
}
