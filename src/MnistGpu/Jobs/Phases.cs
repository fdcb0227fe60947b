using System.Diagnostics;

namespace MnistGpu.Program.Jobs;

/// <summary>Where the time went, in the order of the first use of each name.</summary>
internal sealed class Phases
{
    private readonly List<(string Name, TimeSpan Time)> phases = [];

    public IReadOnlyList<(string Name, TimeSpan Time)> All => phases;

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
