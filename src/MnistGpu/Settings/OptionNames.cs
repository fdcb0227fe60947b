namespace MnistGpu.Program.Settings;

/// <summary>What the user calls things: read from options, and printed so that it can be given back as one.</summary>
internal static class OptionNames
{
    public static IReadOnlyDictionary<string, Optimizer> Optimizers => Model.Optimizers.Names;

    public static IReadOnlyDictionary<string, Schedule> Schedules { get; } = new Dictionary<string, Schedule>
    {
        ["constant"] = Schedule.Constant,
        ["exponential"] = Schedule.Exponential,
        ["cosine"] = Schedule.Cosine,
        ["one-cycle"] = Schedule.OneCycle,
    };

    public static IReadOnlyDictionary<string, Start> Starts { get; } = new Dictionary<string, Start>
    {
        ["normal"] = Start.Normal,
        ["uniform"] = Start.Uniform,
        ["he"] = Start.He,
    };

    public static IReadOnlyDictionary<string, Activation> Activations => Model.Activations.Names;

    public static string Of<T>(IReadOnlyDictionary<string, T> names, T value)
        where T : struct => names.First(pair => pair.Value.Equals(value)).Key;
}
