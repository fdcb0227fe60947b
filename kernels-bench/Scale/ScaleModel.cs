using MnistGpu.Ranks;

namespace MnistGpu.Bench.Scale;

/// <summary>A network between machines: what a message costs.</summary>
/// <param name="Latency">Seconds for any message.</param>
/// <param name="Bandwidth">Bytes a second, in and out at once.</param>
internal sealed record Wire(double Latency, double Bandwidth)
{
    /// <summary>Seconds that some messages take, one after the other.</summary>
    public double Seconds(int messages, double bytes) => messages * Latency + bytes / Bandwidth;
}

/// <summary>What a step costs one rank, in seconds.</summary>
/// <param name="Compute">Gradients of its parts, and the update of its piece.</param>
/// <param name="Exchange">Messages.</param>
/// <param name="SentBytes">What it sends.</param>
internal readonly record struct StepCost(double Compute, double Exchange, long SentBytes)
{
    /// <summary>Both.</summary>
    public double Total => Compute + Exchange;
}

/// <summary>
/// A step of many ranks on a virtual clock. Who sends what to whom is <see cref="PartExchange"/>'s, which trainings
/// take, too; what a message costs is a <see cref="Wire"/>'s, and what the arithmetic costs is measured or given. A
/// rank sends its pieces one after the other (N − 1 messages), and a ring brings the new parameters to all (N − 1
/// more). Nothing overlaps, and no rank disturbs another: a model.
/// </summary>
/// <param name="length">Parameters.</param>
/// <param name="images">m, the images of a batch.</param>
/// <param name="wire">The network between the ranks.</param>
/// <param name="gradients">Seconds for the gradients of so many images.</param>
/// <param name="update">Seconds for the update of all parameters.</param>
internal sealed class ScaleModel(long length, int images, Wire wire, Func<int, double> gradients, double update)
{
    private const int Float = sizeof(float);

    /// <summary>A step of N ranks that have one part of the batch each.</summary>
    public StepCost Step(int ranks)
    {
        var exchange = new PartExchange(ranks, ranks, length, Float);
        var step = exchange.Step(images);
        long sent = 0;
        // All meet in each exchange, so the slowest makes the time: a rank with the largest share.
        var compute = gradients((images - 1) / ranks + 1);
        var time = compute;
        for (var round = 0; round < step.Rounds && ranks > 1; round++)
        {
            var most = 0L;
            for (var rank = 0; rank < ranks; rank++)
            {
                var bytes = 0L;
                for (var other = 0; other < ranks; other++)
                {
                    bytes += other == rank ? 0 : step.Sent(rank, other, round);
                }

                most = Math.Max(most, bytes);
            }

            sent += most;
            time += wire.Seconds(ranks - 1, most);
        }

        var piece = Enumerable.Range(0, ranks).Max(exchange.PieceBytes);
        var updated = update * piece / ((double)length * Float);
        if (ranks > 1)
        {
            var gathered = (long)piece * (ranks - 1);
            sent += gathered;
            time += wire.Seconds(ranks - 1, gathered);
        }

        return new StepCost(compute + updated, time - compute, sent);
    }
}
