namespace MnistGpu.Bench.Gpu.Running;

/// <summary>A part of the whole, with its own share of the time and a process of its own.</summary>
/// <param name="Name">The name of its file without the ending: 1-facts.</param>
/// <param name="Title">Its heading on the page.</param>
/// <param name="Share">Its share of the time, relative to the others'.</param>
/// <param name="Columns">The headings of its table.</param>
/// <param name="Pieces">What is to be done, in this order, found out in the stage's own process.</param>
internal sealed record Stage(string Name, string Title, double Share, IReadOnlyList<string> Columns,
    Func<StageContext, IEnumerable<Piece>> Pieces)
{
    /// <summary>What its table shows, in a sentence or two.</summary>
    public string About { get; init; } = "";

    /// <summary>Whether its table is so long that it stands at the end of the page.</summary>
    public bool IsLong { get; init; }

    /// <summary>
    /// Seconds without an answer from a piece that are no sign of a hang; null for those of the run.
    /// </summary>
    public double? Patience { get; init; }

    /// <summary>The stage in a line, from what is written so far; null for no such line.</summary>
    public Func<StageRecord, string?> Verdict { get; init; } = _ => null;
}

/// <summary>The smallest part of a stage that is written by itself.</summary>
/// <param name="Name">Its name, once in the stage.</param>
/// <param name="Run">Does it.</param>
/// <param name="Weight">Its share of the stage's time, relative to the other pieces.</param>
/// <param name="Most">
/// The share of what is left that it may take if it must: for work that cannot be made smaller.
/// </param>
internal sealed record Piece(string Name, Func<PieceOutput> Run, double Weight = 1, double Most = 0);

/// <summary>What came of a piece.</summary>
/// <param name="Rows">Rows of the stage's table.</param>
/// <param name="Values">The same for programs, in full precision.</param>
/// <param name="Fault">What is wrong with it; null where nothing is.</param>
internal sealed record PieceOutput(IReadOnlyList<string[]> Rows, object? Values = null, string? Fault = null)
{
    /// <summary>
    /// Whether the device may be unusable after it: a kernel that reads what is not its own takes along all that the
    /// process has on the device.
    /// </summary>
    public bool LeavesDeviceUnsure { get; init; }
}

/// <summary>Thrown by a piece that cannot be done here: it is no failure, but the page says why.</summary>
/// <param name="reason">Why.</param>
/// <param name="needsTime">Whether it is only that there is too little time.</param>
internal sealed class NotRunException(string reason, bool needsTime = false) : Exception(reason)
{
    /// <summary>Whether it is only that there is too little time.</summary>
    public bool NeedsTime => needsTime;
}
