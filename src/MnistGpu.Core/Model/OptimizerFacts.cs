namespace MnistGpu.Model;

/// <summary>
/// What an optimizer remembers between steps. Optimizers with the same one can go on with each other's moments; others
/// begin anew at zero.
/// </summary>
internal enum MomentKind
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>v, the decaying sum of the gradients.</summary>
    Velocity,

    /// <summary>m and v, the decaying means of the gradients and of their squares.</summary>
    MeanAndSquare,

    /// <summary>v, the decaying mean of the gradients' squares.</summary>
    Square,
}

/// <summary>What is to know of an optimizer before anything is computed.</summary>
internal static class Optimizers
{
    /// <summary>The names in options and files, in the order of the enum.</summary>
    public static IReadOnlyDictionary<string, Optimizer> Names { get; } =
        Enum.GetValues<Optimizer>().ToDictionary(Name);

    /// <summary>What options and files call it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such optimizer.</exception>
    public static string Name(this Optimizer optimizer) => Facts(optimizer).Name;

    /// <summary>α where the user gives none.</summary>
    /// <inheritdoc cref="Name" path="/exception"/>
    public static double DefaultRate(this Optimizer optimizer) => Facts(optimizer).Rate;

    /// <summary>What it remembers.</summary>
    /// <inheritdoc cref="Name" path="/exception"/>
    public static MomentKind Moments(this Optimizer optimizer) => Facts(optimizer).Moments;

    /// <summary>β₂ where a rule names none: 0.99 for RMSprop, as PyTorch has it, else 0.999.</summary>
    internal static double DefaultBeta2(this Optimizer optimizer) => optimizer == Optimizer.RMSprop ? 0.99 : 0.999;

    /// <summary>How many arrays, each as large as the parameters, moments are: 0, 1 or 2.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are no such moments.</exception>
    public static int Count(this MomentKind moments) => moments switch
    {
        MomentKind.None => 0,
        MomentKind.Velocity or MomentKind.Square => 1,
        MomentKind.MeanAndSquare => 2,
        _ => throw new ArgumentOutOfRangeException(nameof(moments), moments, "There are no such moments."),
    };

    private static (string Name, double Rate, MomentKind Moments) Facts(Optimizer optimizer) => optimizer switch
    {
        Optimizer.GradientDescent => ("gd", 0.1, MomentKind.None),
        Optimizer.Momentum => ("momentum", 0.01, MomentKind.Velocity),
        Optimizer.Adam => ("adam", 0.001, MomentKind.MeanAndSquare),
        Optimizer.AdamW => ("adamw", 0.001, MomentKind.MeanAndSquare),
        Optimizer.Nesterov => ("nesterov", 0.01, MomentKind.Velocity),
        Optimizer.RMSprop => ("rmsprop", 0.001, MomentKind.Square),
        _ => throw new ArgumentOutOfRangeException(nameof(optimizer), optimizer, "There is no such optimizer."),
    };
}
