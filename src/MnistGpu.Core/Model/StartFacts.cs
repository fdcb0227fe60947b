namespace MnistGpu.Model;

/// <summary>What is to know of a start before anything is drawn.</summary>
internal static class Starts
{
    /// <summary>The names in options and files, in the order of the enum.</summary>
    public static IReadOnlyDictionary<string, Start> Names { get; } = Enum.GetValues<Start>().ToDictionary(Name);

    /// <summary>What options and files call it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such start.</exception>
    public static string Name(this Start start) => start switch
    {
        Start.Normal => "normal",
        Start.Uniform => "uniform",
        Start.He => "he",
        _ => throw new ArgumentOutOfRangeException(nameof(start), start, "There is no such start."),
    };
}
