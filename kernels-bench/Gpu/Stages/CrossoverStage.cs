using MnistGpu.Bench.Gpu.Running;
using MnistGpu.Data;
using MnistGpu.Program.Jobs;

namespace MnistGpu.Bench.Gpu.Stages;

/// <summary>
/// From which batch on the device overtakes this machine's cores, as <c>compare --crossover</c> tells.
/// </summary>
internal static class CrossoverStage
{
    // On a slow device, larger batches would take minutes and tell nothing new.
    private const string FewImages = "1024";

    public static Stage Create() => new("5-crossover", "Crossover", 0.4,
        ["network", "batch", "simd", "here", "faster"], Pieces)
    {
        About = "`mnistgpu compare --crossover`: images a second of training steps, beside the CPU engine on this "
            + "machine's cores; – where a step would take over two seconds.",
    };

    private static IEnumerable<Piece> Pieces(StageContext context) =>
        Crossover.Networks(Mnist.Shape)
            .Select(network => new Piece($"{network}", () => Compare(context, $"{network}"), Most: 0.5));

    private static PieceOutput Compare(StageContext context, string network)
    {
        if (!ProofStage.IsWhole(context))
        {
            throw new NotRunException("not all of the proof passed, and this command takes whatever the program takes");
        }

        var (json, _) = ProgramCommand.Run(context, ["compare", "--crossover", "--network", network,
            "--device", context.DeviceName, "--data", context.Source,
            .. context.Info.IsGpu ? Array.Empty<string>() : ["--limit", FewImages]]);
        var rows = json["rows"]!.AsArray().Select(row => row!.AsObject()).ToArray();
        return new([.. rows.Select(row => (string[])[network, $"{row["batch"]!.GetValue<int>():N0}",
            .. new[] { "simd", context.DeviceName }.Select(name => row["speeds"]!.AsArray()
                .First(speed => speed!["device"]!.GetValue<string>() == name)!["images_per_second"]?.GetValue<double>()
                is { } rate ? $"{rate:N0}" : "–"),
            row["fastest"]?.GetValue<string>() ?? ""])], rows);
    }
}
