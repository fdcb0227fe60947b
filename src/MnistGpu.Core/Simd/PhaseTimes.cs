using System.Diagnostics;

namespace MnistGpu.Simd;

/// <summary>
/// Where the wall clock of steps goes: seconds per phase, in the order in which phases were first met. Each engine has
/// one only while a bench asks for it.
/// </summary>
internal sealed class PhaseTimes
{
    private readonly List<(string Phase, long Ticks)> phases = [];

    /// <summary>Each phase and its seconds.</summary>
    public IEnumerable<(string Phase, double Seconds)> Seconds =>
        phases.Select(phase => (phase.Phase, phase.Ticks / (double)Stopwatch.Frequency));

    /// <summary>Adds the time since <paramref name="start"/>, a timestamp.</summary>
    public void Add(string phase, long start)
    {
        var ticks = Stopwatch.GetTimestamp() - start;
        var i = phases.FindIndex(known => known.Phase == phase);
        if (i < 0)
        {
            phases.Add((phase, ticks));
        }
        else
        {
            phases[i] = (phase, phases[i].Ticks + ticks);
        }
    }
}

/// <summary>An engine that can tell where a step's time goes.</summary>
internal interface IPhased
{
    /// <summary>Receives the time of each phase; null for none.</summary>
    PhaseTimes? Times { get; set; }
}
