namespace MnistGpu.Training;

/// <summary>The schedules' equations and names.</summary>
internal static class Schedules
{
    /// <summary>Where the exponential schedule ends unless a run says otherwise: at a hundredth.</summary>
    public const double ExponentialLast = 0.01;

    private const double Warmup = 0.3;
    private const double First = 1.0 / 25;
    private const double Last = First / 1e4;

    /// <summary>The names in options and files, in the order of the enum.</summary>
    public static IReadOnlyDictionary<string, Schedule> Names { get; } =
        Enum.GetValues<Schedule>().ToDictionary(Name);

    /// <summary>What options and files call it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such schedule.</exception>
    public static string Name(this Schedule schedule) => schedule switch
    {
        Schedule.Constant => "constant",
        Schedule.Exponential => "exponential",
        Schedule.Cosine => "cosine",
        Schedule.OneCycle => "one-cycle",
        _ => throw new ArgumentOutOfRangeException(nameof(schedule), schedule, "There is no such schedule."),
    };

    /// <summary>The share of the given rate at a step, above 0 and at most 1.</summary>
    /// <param name="schedule">Which schedule.</param>
    /// <param name="t">The step, 0 to T − 1.</param>
    /// <param name="T">Steps of the whole run.</param>
    /// <param name="last">r, where the exponential schedule ends.</param>
    public static double Factor(this Schedule schedule, long t, long T, double last = ExponentialLast)
    {
        var done = (double)t / T;
        return schedule switch
        {
            Schedule.Exponential => Math.Pow(last, done),
            Schedule.Cosine => HalfCosine(1, 0, done),
            Schedule.OneCycle => done < Warmup
                ? HalfCosine(First, 1, done / Warmup)
                : HalfCosine(1, Last, (done - Warmup) / (1 - Warmup)),
            _ => 1,
        };
    }

    /// <summary>From one value to another along half a cosine.</summary>
    private static double HalfCosine(double from, double to, double done) =>
        to + (from - to) * (1 + Math.Cos(Math.PI * done)) / 2;
}
