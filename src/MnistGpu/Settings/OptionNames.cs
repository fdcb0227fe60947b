namespace MnistGpu.Program.Settings;

/// <summary>What the user calls things: read from options, and printed so that it can be given back as one.</summary>
internal static class OptionNames
{
    public static IReadOnlyDictionary<string, Optimizer> Optimizers => Model.Optimizers.Names;

    public static IReadOnlyDictionary<string, Schedule> Schedules => Training.Schedules.Names;

    public static IReadOnlyDictionary<string, Start> Starts => Model.Starts.Names;

    public static IReadOnlyDictionary<string, Activation> Activations => Model.Activations.Names;

    public static string Of<T>(IReadOnlyDictionary<string, T> names, T value)
        where T : struct => names.First(pair => pair.Value.Equals(value)).Key;
}
