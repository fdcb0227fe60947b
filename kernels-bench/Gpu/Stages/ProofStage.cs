using MnistGpu.Bench.Contract;
using MnistGpu.Bench.Gpu.Running;
using MnistGpu.Bench.Measuring;
using MnistGpu.Gpu;
using MnistGpu.Gpu.Kernels.Products;

namespace MnistGpu.Bench.Gpu.Stages;

/// <summary>How a part of the proof went.</summary>
/// <param name="Passed">Cases that passed.</param>
/// <param name="Of">All its cases.</param>
/// <param name="Share">The largest share that an error was of its bound.</param>
/// <param name="Failures">What failed, and why.</param>
internal sealed record ProofResult(int Passed, int Of, double? Share, IReadOnlyList<string> Failures);

/// <summary>Whether the device computes what the equations say: what passes here may be measured later.</summary>
internal static class ProofStage
{
    public const string Name = "2-proof";

    private const string Rung = "product by ";

    // One row, one column, tails in every dimension, more columns than rows, more rows of W than images.
    private static readonly (int Rows, int Columns, int M)[] Shapes =
    [
        (1, 1, 1), (3, 7, 5), (10, 784, 4), (5, 3, 1), (1, 9, 16), (15, 17, 16), (63, 65, 64), (64, 64, 65),
        (65, 63, 63), (128, 16, 129), (129, 128, 20),
    ];

    private static readonly (int Rows, int Columns, int M)[] SimulatedShapes =
        [(1, 1, 1), (3, 7, 5), (5, 3, 1), (15, 9, 7), (17, 5, 9)];

    public static Stage Create() => new(Name, "Proof", 2.6, ["what", "cases passed", "error/bound"], Pieces)
    {
        About = "Each case compares with the float64 reference or with itself; error/bound is the largest share that "
            + "an error was of its derived bound. Later stages use only the products that passed, and fused kernels "
            + "only where `verify` passed with them.",
        Verdict = Verdict,
        IsLong = true,
    };

    /// <summary>The rungs that passed all their shapes.</summary>
    public static IReadOnlyList<IProductRung> PassedRungs(StageContext context)
    {
        var record = context.Other(Name);
        return [.. ProductLadder.Rungs.Where(rung =>
            record.Find(Rung + rung.Name)?.State == PieceState.Done
                && rung.Refusal(context.Device.Accelerator) is null)];
    }

    /// <summary>Whether the fused kernels passed <c>verify</c>.</summary>
    public static bool MayFuse(StageContext context) =>
        context.Other(Name).Find(Verify(fused: true))?.State == PieceState.Done;

    /// <summary>
    /// What a command of the program is told so that it takes only what passed: its own choice where all of that did.
    /// </summary>
    /// <exception cref="NotRunException">No product passed.</exception>
    public static IReadOnlyList<string> Options(StageContext context)
    {
        var passed = PassedRungs(context).Where(rung => rung.Math == ProductMath.Full).ToArray();
        var all = ProductLadder.Rungs.Count(rung =>
            rung.Math == ProductMath.Full && rung.Refusal(context.Device.Accelerator) is null);
        return passed.Length == 0 ? throw new NotRunException("no float32 product passed the proof")
            : [.. MayFuse(context) ? Array.Empty<string>() : ["--fusion", "off"],
                .. passed.Length == all ? Array.Empty<string>() : ["--product", passed[^1].Name]];
    }

    /// <summary>
    /// Whether all that a command of the program may take by itself has passed. Parts that the device cannot do are no
    /// part of it.
    /// </summary>
    /// <exception cref="NotRunException">No product passed.</exception>
    public static bool IsWhole(StageContext context) =>
        context.Other(Name).Pieces.All(piece => piece is { State: PieceState.Done }
            or { State: PieceState.NotRun, NeedsTime: false })
        && Options(context).Count == 0;

    private static IEnumerable<Piece> Pieces(StageContext context)
    {
        // First what decides most: without `verify`, later stages take no fused kernel. A simulator, which is slow and
        // measures nothing, begins with what is small.
        foreach (var piece in context.Info.IsHostSimulation
            ? [.. Rungs(context), .. Verifications(context)]
            : (IEnumerable<Piece>)[.. Verifications(context), .. Rungs(context)])
        {
            yield return piece;
        }

        foreach (var rounding in (ProductMath[])[ProductMath.Tf32, ProductMath.Bf16])
        {
            var name = ProductNames.NameOf(rounding);
            yield return new($"verify, {name}", () => ProductLadder.Find(name).Refusal(context.Device.Accelerator)
                is { } needs ? throw new NotRunException($"{name} needs {needs}")
                : VerifyAll($"verify, {name}", context, ["--product", name]), Weight: 4, Most: 0.4);
        }

        yield return new("any cut of the images adds up to the whole", () => Try(
            "any cut of the images adds up to the whole", context,
            [.. from chunk in (int[])[1, 16, 49]
                from fuse in (bool[])[true, false]
                select ($"{chunk} at once{(fuse ? "" : ", not fused")}",
                    (Action)(() => DeviceCases.ChunksAddUpToTheWhole(context.Device, chunk, fuse)))]), Most: 0.1);
        yield return new("steps sent ahead train as steps waited for", () => Try(
            "steps sent ahead train as steps waited for", context,
            [("300 steps", () => DeviceCases.StepsSentAheadTrainAsStepsWaitedFor(context.Device))]), Most: 0.1);
        foreach (var fused in (bool[])[true, false])
        {
            foreach (var rule in EngineCases.All.GroupBy(one => one.Rule))
            {
                var name = $"{Words(rule.Key)}{(fused ? "" : ", not fused")}";
                yield return new(name, () => Contract(name, [.. rule], context, fused), Most: 0.1);
            }
        }
    }

    private static IEnumerable<Piece> Verifications(StageContext context) =>
        from fused in (bool[])[true, false]
        select new Piece(Verify(fused), () => VerifyAll(Verify(fused), context,
            ["--fusion", fused ? "on" : "off"]), Weight: 6, Most: 0.5);

    private static IEnumerable<Piece> Rungs(StageContext context) =>
        from rung in ProductLadder.Rungs
        select new Piece(Rung + rung.Name, () => Check(rung, context), Weight: 4, Most: 0.3);

    private static string Verify(bool fused) => fused ? "verify" : "verify, not fused";

    private static PieceOutput VerifyAll(string name, StageContext context, IEnumerable<string> arguments)
    {
        var (json, _) = ProgramCommand.Run(context, ["verify", "--device", context.DeviceName, .. arguments]);
        var checks = json["checks"]!.AsArray().Select(check => check!.AsObject()).ToArray();
        var failures = checks.Where(check => !check["passed"]!.GetValue<bool>())
            .Select(check => $"{check["network"]}, {check["check"]}: off by {check["error"]}, bound {check["bound"]}");
        var share = checks.Max(check => Number(check["error"]) is var error && error == 0 ? 0
            : error / Number(check["bound"]));
        return Output(name, new(checks.Length - failures.Count(), checks.Length, share, [.. failures]));

        static double Number(System.Text.Json.Nodes.JsonNode? node) => node?.GetValue<double>() ?? double.NaN;
    }

    private static PieceOutput Check(IProductRung rung, StageContext context)
    {
        if (rung.Refusal(context.Device.Accelerator) is { } needs)
        {
            throw new NotRunException($"{rung.Name} needs {needs}");
        }

        var check = new RungCheck(context.Device);
        return Try(Rung + rung.Name, context,
            [.. (context.Info.IsHostSimulation ? SimulatedShapes : Shapes).Select(shape => (
                $"{shape.Rows} × {shape.Columns}, {shape.M} images",
                (Action)(() => check.Run(rung, shape.Rows, shape.Columns, shape.M))))]);
    }

    private static PieceOutput Contract(
        string name, IReadOnlyList<EngineCase> cases, StageContext context, bool fused) =>
        Try(name, context, [.. cases.Select(one => (one.Name,
            (Action)(() => one.Run(shape => new GpuEngine(context.Device, shape, fuse: fused)))))]);

    private static PieceOutput Try(string name, StageContext context, IReadOnlyList<(string Name, Action Run)> cases)
    {
        var failures = new List<string>();
        var tried = 0;
        Agreement.TakeLargestShare();
        foreach (var (what, run) in cases)
        {
            if (tried > 0 && context.PieceLeft <= 0)
            {
                // A failure is one, whatever the others would do.
                return failures.Count > 0 ? Output(name, new(tried - failures.Count, cases.Count, null, failures))
                    : throw new NotRunException(
                        $"time for {tried} of {cases.Count} cases only, which passed", needsTime: true);
            }

            tried++;
            try
            {
                run();
            }
            catch (ExpectationException e)
            {
                failures.Add($"{what}: {e.Message.ReplaceLineEndings("; ")}");
            }
            catch (Exception e)
            {
                // Not a wrong result, but none: what comes after it on this device would tell nothing.
                failures.Add($"{what}: {e.GetType().Name}: {e.Message.ReplaceLineEndings("; ")}");
                return Output(name, new(tried - failures.Count, cases.Count, null, failures)) with
                {
                    LeavesDeviceUnsure = true,
                };
            }
        }

        return Output(name, new(cases.Count - failures.Count, cases.Count, Agreement.TakeLargestShare(), failures));
    }

    private static PieceOutput Output(string name, ProofResult result) => new(
        [[name, $"{result.Passed} of {result.Of}", result.Share is > 0 ? Report.Digits(result.Share.Value) : ""]],
        result, result.Failures.Count == 0 ? null : string.Join("; ", result.Failures));

    private static string? Verdict(StageRecord record)
    {
        var results = record.Pieces.Select(StageRecord.Values<ProofResult>).OfType<ProofResult>().ToArray();
        if (results.Length == 0)
        {
            return null;
        }

        var (passed, of) = (results.Sum(r => r.Passed), results.Sum(r => r.Of));
        var failed = record.Count(PieceState.Failed);
        var open = record.Pieces.Count - record.Count(PieceState.Done) - failed;
        return (failed > 0 ? $"NOT PROVEN: {failed} of {record.Pieces.Count} parts failed; "
            : open == 0 ? "PROVEN: " : "")
            + $"{passed:N0} of {of:N0} cases passed" + (open > 0 ? $"; {open} parts were not tried" : "")
            + $"; the largest error is {Report.Digits(results.Max(r => r.Share ?? 0))} of its bound";
    }

    // GradientsAreWithinTheirBounds: gradients are within their bounds.
    private static string Words(string name) =>
        string.Concat(name.Select((c, i) => !char.IsUpper(c) ? $"{c}" : i == 0 ? $"{char.ToLowerInvariant(c)}"
            : $" {char.ToLowerInvariant(c)}"));
}
