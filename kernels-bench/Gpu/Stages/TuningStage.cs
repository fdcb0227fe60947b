using MnistGpu.Bench.Gpu.Running;
using MnistGpu.Bench.Measuring;
using MnistGpu.Gpu.Kernels.Products;
using MnistGpu.Gpu.Tuning;

namespace MnistGpu.Bench.Gpu.Stages;

/// <summary>Which product is fastest where, as <c>devices --tune</c> finds it.</summary>
internal static class TuningStage
{
    public const string Name = "7-tuning";

    private const string Piece = "tune";

    public static Stage Create() => new(Name, "Tuning", 0.8, ["product", "result", "fastest", "each"], Pieces)
    {
        About = "What `devices --tune` measures: rows × columns of the result, and how many terms each sums; medians. "
            + "The choice is kept beside these results, not in the user's cache.",
    };

    /// <summary>The choice of products for the device: of the rungs that passed, by the table or as tuned.</summary>
    /// <exception cref="NotRunException">There is no such choice.</exception>
    public static ProductChoice Choice(StageContext context, bool isTuned)
    {
        var passed = ProofStage.PassedRungs(context);
        var choice = ProductChoice.Create(context.Device).Only(passed)
            ?? throw new NotRunException("no product that this device would take has passed the proof");
        if (!isTuned)
        {
            return choice;
        }

        var tuned = ProductChoice.OfTuned(context.Device, folder: Folder(context));
        return tuned.Tuned is not null ? tuned : throw new NotRunException("the products were not tuned");
    }

    private static IEnumerable<Piece> Pieces(StageContext context) => [new(Piece, () => Tune(context))];

    private static string Folder(StageContext context) => Path.Combine(context.Folder, "tuning");

    private static PieceOutput Tune(StageContext context)
    {
        if (context.Info.IsHostSimulation)
        {
            throw new NotRunException("ILGPU's CPU accelerator only simulates: its times would mean nothing");
        }

        var rungs = ProofStage.PassedRungs(context).Where(rung => rung.Math == ProductMath.Full).ToArray();
        if (rungs.Length == 0)
        {
            throw new NotRunException("no float32 product passed the proof");
        }

        using var cancel = new CancellationTokenSource(TimeSpan.FromSeconds(Math.Max(0.1, context.PieceLeft)));
        try
        {
            var result = new ProductTuner(context.Device, rungs).Run(context.PieceLeft / 2, _ => { }, cancel.Token);
            TuningFile.Create(context.Info, result, DateTimeOffset.UtcNow).Save(context.Info, Folder(context));
            return new([.. result.Products.Select(p => (string[])[
                ProductNames.NameOf(p.Case.Product), $"{p.Case}", p.Rung,
                string.Join(", ", p.Times.Select(time => $"{time.Rung} "
                    + (time.Microseconds is { } µs ? Report.Time(µs * 1e-6) : "FAILED")))])], result,
                result.Failures.Count == 0 ? null
                    : string.Join("; ", result.Failures.Select(failure => $"{failure.Key}: {failure.Value}")));
        }
        catch (OperationCanceledException)
        {
            throw new NotRunException("verifying and timing every product takes longer than the time that there is",
                needsTime: true);
        }
    }
}
