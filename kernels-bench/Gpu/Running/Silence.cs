namespace MnistGpu.Bench.Gpu.Running;

/// <summary>What it means that a stage's process says nothing.</summary>
/// <param name="Seconds">For how long.</param>
/// <param name="Own">The seconds that the piece under way has; 0 where none is under way.</param>
/// <param name="Patience">Seconds of silence that are no sign of a hang.</param>
internal readonly record struct Silence(double Seconds, double Own, double Patience)
{
    // A piece looks at the clock between two steps of its work, so it may end late; not so late as this.
    private const double MostTimes = 3;

    /// <summary>Whether it lasts too long, whatever time the stage has left.</summary>
    public bool IsTooLong => Seconds > Math.Max(Patience, MostTimes * Own);

    /// <summary>
    /// Whether it tells of a hang where the stage's time is over: a piece that began late had little time to end.
    /// </summary>
    public bool IsHangAtTheEnd => Seconds > (Own > 0 ? Own + Grace(Patience) : Patience);

    /// <summary>Seconds that the last piece of a stage has to come to its end after the stage's.</summary>
    public static double Grace(double patience) => patience / 2;
}
