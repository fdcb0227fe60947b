using MnistGpu.Bench.Gpu.Running;
using MnistGpu.Bench.Measuring;
using MnistGpu.Gpu;
using MnistGpu.Gpu.Kernels.Products;

namespace MnistGpu.Bench.Gpu.Stages;

/// <summary>The speed of one product by every rung that passed.</summary>
/// <param name="Rows">Rows of W.</param>
/// <param name="Inner">Columns of W.</param>
/// <param name="M">Images.</param>
/// <param name="Product">Which of the three.</param>
/// <param name="Gigaflops">GFLOP/s of each rung, where it was measured.</param>
internal sealed record LadderResult(int Rows, int Inner, int M, string Product,
    IReadOnlyDictionary<string, double> Gigaflops);

/// <summary>Every rung that passed, from small to large products, beside cuBLAS.</summary>
internal static class LadderStage
{
    public const string Name = "4-ladder";

    // The first is quickly done: it tells slow devices what they need not begin.
    private static readonly (int Rows, int Inner, int M)[] Sizes =
    [
        (256, 256, 256), (1024, 1024, 1024), (4096, 4096, 4096), (128, 784, 128), (800, 784, 256), (800, 800, 256),
        (1024, 1024, 256), (2500, 784, 1024), (2000, 2500, 1024),
    ];

    private static readonly ProductKind[] Kinds = [ProductKind.WeightsTimesActivations,
        ProductKind.TransposedWeightsTimesErrors, ProductKind.ErrorsTimesActivations];

    public static Stage Create() => new(Name, "Ladder", 1.6,
        ["W, images", "product", .. ProductLadder.Names, "cuBLAS float32", "cuBLAS TF32"], Pieces)
    {
        About = "GFLOP/s of each product by each rung that passed the proof, from the textbook's kernel up; elements "
            + "of each result are checked against sums in float64. cuBLAS is through PyTorch's matmul (on a CPU, what "
            + "PyTorch has there). – where it was not measured: the rung did not pass, or would have taken too long.",
    };

    private static IEnumerable<Piece> Pieces(StageContext context)
    {
        var torch = new Lazy<TorchPeer>(() => context.Own(TorchPeer.Start(context)));
        foreach (var size in Sizes)
        {
            foreach (var kind in Kinds)
            {
                yield return new($"{Text(size)}, {ProductNames.NameOf(kind)}", () => Measure(context, kind, size),
                    Most: 0.2);
            }

            yield return new($"{Text(size)}, cuBLAS", () =>
            {
                var (full, tf32) = torch.Value.Multiply(context, size);
                return new([[Text(size), "W·A by PyTorch", .. ProductLadder.Names.Select(_ => ""), Report.Digits(full),
                    tf32 is { } rounded ? Report.Digits(rounded) : "–"]], new { full, tf32 });
            });
        }
    }

    private static string Text((int Rows, int Inner, int M) size) => $"{size.Rows} × {size.Inner}, {size.M}";

    private static PieceOutput Measure(StageContext context, ProductKind kind, (int Rows, int Inner, int M) size)
    {
        var rungs = ProofStage.PassedRungs(context);
        if (rungs.Count == 0)
        {
            throw new NotRunException("no product passed the proof");
        }

        var speeds = Known(context);
        var (found, faults) = (new Dictionary<string, double>(), new List<string>());
        var flops = 2.0 * size.Rows * size.Inner * size.M;
        using var product = new SampledProduct(context.Device, kind, size.Rows, size.Inner, size.M);
        var left = rungs.Count;
        foreach (var rung in rungs)
        {
            var seconds = 2 * context.PieceShare / left--;
            // Five runs: one to check, the warm-up's, and the timed ones.
            if (speeds.TryGetValue(rung.Name, out var speed) && 5 * flops / speed / 1e9 > Math.Max(seconds, 0.02))
            {
                continue;
            }

            if (product.Fault(rung) is { } fault)
            {
                faults.Add(fault);
                continue;
            }

            found[rung.Name] = flops / Timing.Measure(n => product.Launch(rung, n), seconds / 2).Median / 1e9;
        }

        var row = new[] { Text(size), ProductNames.NameOf(kind) }.Concat(ProductLadder.Names.Select(name =>
            found.TryGetValue(name, out var speed) ? Report.Digits(speed) : "–")).Append("").Append("");
        return found.Count == 0 && faults.Count == 0
            ? throw new NotRunException("by the speed so far, a run of it takes too long for the time that there is",
                needsTime: true)
            : new([[.. row]], new LadderResult(size.Rows, size.Inner, size.M, ProductNames.NameOf(kind), found),
                faults.Count == 0 ? null : string.Join("; ", faults));
    }

    // The best speed of each rung so far; at first, what the device does at most.
    private static Dictionary<string, double> Known(StageContext context)
    {
        var peak = StageRecord.Values<DevicePeak>(context.Other(FactsStage.Name).Find(FactsStage.Peaks));
        var speeds = peak is null ? []
            : ProductLadder.Names.ToDictionary(name => name, _ => 4 * peak.GigaflopsPerSecond);
        foreach (var group in context.Other(Name).Pieces.Where(piece => piece.State == PieceState.Done && piece.Rows is
            [[_, not "W·A by PyTorch", ..], ..]).Select(StageRecord.Values<LadderResult>).OfType<LadderResult>()
            .SelectMany(result => result.Gigaflops).GroupBy(pair => pair.Key))
        {
            speeds[group.Key] = group.Max(pair => pair.Value);
        }

        return speeds;
    }
}
