namespace MnistGpu.Bench.Gpu.Running;

/// <summary>
/// Stages that go wrong in every way that a driver can, to try what becomes of the others: the tests run them.
/// </summary>
internal static class Rehearsal
{
    /// <summary>The stages.</summary>
    public static IReadOnlyList<Stage> Stages { get; } =
    [
        new("1-well", "All goes well", 1, ["what", "value"],
            context => [Good("first"), Good("second"),
                new("absent", () => throw new NotRunException("it is not here"))]),
        new("2-throws", "A piece throws", 1, ["what", "value"],
            context => [Good("before"), Throws("throws"), Good("after")]),
        new("3-dies", "A piece ends its process", 1, ["what", "value"],
            context => [Good("before"), new("dies", Die), Good("after")]),
        new("4-hangs", "A piece hangs", 1, ["what", "value"],
            context => [Good("before"), new("hangs", Hang, Weight: 0.01), Good("after")])
        {
            Patience = 1,
        },
        new("5-no-start", "A stage does not start", 1, ["what", "value"],
            context => throw new InvalidOperationException("no start on purpose")),
        new("6-large", "A piece is large", 1, ["what", "value"], context => [Good("before"), new("large", Large)]),
    ];

    private static Piece Good(string name) => new(name, () => new PieceOutput([[name, "done"]], new { name }));

    private static Piece Throws(string name) =>
        new(name, () => throw new InvalidOperationException("a fault on purpose"));

    private static PieceOutput Die()
    {
        Console.Error.WriteLine("the end on purpose");
        Environment.Exit(7);
        return new([]);
    }

    private static PieceOutput Large() => new([["large", "done"]], new string('x', 1 << 20));

    private static PieceOutput Hang()
    {
        Thread.Sleep(Timeout.Infinite);
        return new([]);
    }
}
