using System.Diagnostics;

namespace MnistGpu.Program.Jobs;

/// <summary>Where the time went.</summary>
internal sealed class Phases
{
    private readonly List<(string Name, TimeSpan Time)> phases = [];

    // Epochs are judged, and checkpoints written, before the training is over: they still come after it.
    private static readonly string[] Order = ["load", "compile", "upload", "train", "evaluate", "checkpoint"];

    /// <summary>The phases in the order in which they begin to matter, others last.</summary>
    public IReadOnlyList<(string Name, TimeSpan Time)> All =>
        [.. phases.OrderBy(phase => Array.IndexOf(Order, phase.Name) is >= 0 and var place ? place : Order.Length)];

    public TimeSpan Total => phases.Aggregate(TimeSpan.Zero, (sum, p) => sum + p.Time);

    public TimeSpan this[string name] => phases.Find(p => p.Name == name).Time;

    public T Time<T>(string name, Func<T> work)
    {
        var start = Stopwatch.GetTimestamp();
        var result = work();
        Add(name, Stopwatch.GetElapsedTime(start));
        return result;
    }

    public void Time(string name, Action work) => Time(name, () =>
    {
        work();
        return true;
    });

    public void Add(string name, TimeSpan time)
    {
        var index = phases.FindIndex(p => p.Name == name);
        if (index < 0)
        {
            phases.Add((name, time));
        }
        else
        {
            phases[index] = (name, phases[index].Time + time);
        }
    }
}
