using System.Diagnostics;

namespace MnistGpu.Ranks.Mpi;

/// <summary>
/// Says when something takes too long. A library that waits for a rank that is gone waits for ever, and its thread
/// cannot be woken.
/// </summary>
internal sealed class Watchdog : IDisposable
{
    private readonly TimeSpan patience;
    private readonly Action<TimeSpan> bark;
    private readonly Timer timer;
    private long since;

    /// <summary>Begins to look.</summary>
    /// <param name="patience">How long something may take.</param>
    /// <param name="bark">Called once when it takes longer, on another thread.</param>
    public Watchdog(TimeSpan patience, Action<TimeSpan> bark)
    {
        (this.patience, this.bark) = (patience, bark);
        var between = TimeSpan.FromMilliseconds(Math.Clamp(patience.TotalMilliseconds / 10, 10, 5000));
        timer = new Timer(_ => Look(), null, between, between);
    }

    /// <summary>Watches until the result is disposed of.</summary>
    public Watched Watch()
    {
        Interlocked.Exchange(ref since, Stopwatch.GetTimestamp());
        return new Watched(this);
    }

    /// <inheritdoc/>
    public void Dispose() => timer.Dispose();

    private void Look()
    {
        var begun = Interlocked.Read(ref since);
        if (begun != 0 && Stopwatch.GetElapsedTime(begun) is var waited && waited > patience
            && Interlocked.CompareExchange(ref since, 0, begun) == begun)
        {
            bark(waited);
        }
    }

    /// <summary>What is watched.</summary>
    public readonly struct Watched(Watchdog watchdog) : IDisposable
    {
        /// <inheritdoc/>
        public void Dispose() => Interlocked.Exchange(ref watchdog.since, 0);
    }
}
