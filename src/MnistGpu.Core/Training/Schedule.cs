namespace MnistGpu.Training;

/// <summary>
/// How the learning rate changes over a run of T steps: α at step t (from 0) is the given rate times
/// <see cref="Schedules.Factor"/>.
/// </summary>
public enum Schedule
{
    /// <summary>α stays.</summary>
    Constant,

    /// <summary>α falls by the same factor each step, to the share r of the rate that it ends at: r^(t/T).</summary>
    Exponential,

    /// <summary>
    /// α falls along half a cosine to zero, ½·(1 + cos(π·t/T)): Loshchilov and Hutter 2017, arXiv 1608.03983, equation
    /// 5 with one cycle.
    /// </summary>
    Cosine,

    /// <summary>
    /// α rises from 1/25 to its full value over the first three tenths of the steps and falls to almost nothing over
    /// the rest, both along half cosines: Smith and Topin 2018, arXiv 1708.07120, with the constants of PyTorch's
    /// OneCycleLR.
    /// </summary>
    OneCycle,
}

/// <summary>The schedules' equations.</summary>
public static class Schedules
{
    /// <summary>Where the exponential schedule ends unless a run says otherwise: at a hundredth.</summary>
    public const double ExponentialLast = 0.01;

    private const double Warmup = 0.3;
    private const double First = 1.0 / 25;
    private const double Last = First / 1e4;

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
