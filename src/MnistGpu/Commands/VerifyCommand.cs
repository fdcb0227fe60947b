using System.CommandLine;
using MnistGpu.Data;
using MnistGpu.Data.Sources;
using MnistGpu.Gpu;
using MnistGpu.Gpu.Tuning;
using MnistGpu.Model;
using MnistGpu.Program.Output;
using MnistGpu.Program.Settings;
using MnistGpu.Proof;
using MnistGpu.Reference;

namespace MnistGpu.Program.Commands;

/// <summary>
/// Proves every engine present against the float64 reference, and the reference against the slope of the loss.
/// </summary>
internal static class VerifyCommand
{
    private const int Images = 100;

    private static readonly string[] Hidden = ["10", "32-16"];
    private const double Alpha = 0.1;
    private const string Reference = "reference";

    public static Command Create()
    {
        var data = CommonOptions.Data("synthetic");
        var reading = new ReadOptions();
        var device = CommonOptions.DeviceOrNone("verify this device only");
        var seed = CommonOptions.Seed();
        var fusion = CommonOptions.Fusion();
        var product = CommonOptions.Product();
        var all = new Option<bool>("--rows") { Description = "list every check with its error and its bounds" };
        var json = CommonOptions.Json();
        var command = new Command("verify",
            "Check gradients, ten training steps and predictions of every engine present, each against its derived "
                + "error bound, and its deformations to the byte.") { data, reading.Read,
            reading.Polarity, device, fusion, product, seed, all, json };
        command.SetAction(parsed => Run(
            parsed.GetValue(data)!, reading.Request(parsed), parsed.GetValue(device),
                CommonOptions.Kernels(parsed.GetValue(product)!, parsed.GetValue(fusion)!),
                parsed.GetValue(seed), parsed.GetValue(all), parsed.GetValue(json)));
        return command;
    }

    private static int Run(string data, DataRequest asked, string? device, KernelOptions kernels, ulong seed,
        bool allRows, bool json)
    {
        using var interruption = new Interruption();
        var choices = device is null ? Engines.ListFor(kernels) : [Engines.Choose(device)];
        if (device is not null)
        {
            Engines.Require(choices[0], kernels);
        }

        var rounding = ProductChoice.RoundingOf(kernels.Rounding);
        var request = asked with { Limit = Images, SyntheticTest = 0, Seed = seed };
        var loaded = Loading.Load(data, request, calm: json, interruption.Token);
        var images = loaded.Train;
        var rows = new List<(string Device, NetworkShape Network, VerificationResult Result)>();
        foreach (var shape in Hidden.Select(hidden => CommonOptions.Between(hidden, images.Shape)))
        {
            // Rounded operands under the tutorial's large starts explain any answer at all: a bound that proves
            // something needs small ones.
            var start = Initialization.Draw(shape, rounding == ProductRounding.None ? Start.Normal : Start.He, seed);
            rows.Add((Reference, shape, Slopes(start, images)));
            // Against itself the reference cannot fail: its proof are the slopes.
            foreach (var choice in choices.Where(choice => choice.Name != Reference))
            {
                interruption.Token.ThrowIfCancellationRequested();
                using var engine = Engines.Create(choice, shape, threads: 0, kernels);
                if (!json)
                {
                    KernelNotice.Say(engine);
                }

                rows.AddRange(Verification.Run(engine, start, images.X, images.Labels, Alpha, rounding,
                    Widths(images.Shape))
                    .Select(result => (choice.Name, shape, result)));
            }
        }

        var passed = rows.TrueForAll(row => row.Result.Passed);
        if (json)
        {
            JsonOutput.Write(new
            {
                Passed = passed,
                Checks = rows.Select(row => new
                {
                    row.Device,
                    Network = row.Network.ToString(),
                    Check = row.Result.What,
                    Error = row.Result.Error,
                    Bound = row.Result.Bound,
                    row.Result.Passed,
                    ShareOfProbableBound = row.Result.ProbableShare,
                    row.Result.IsUsual,
                }),
            });
        }
        else
        {
            Loading.SayNotice(loaded);
            VerificationText.Write(rows, images.Count, allRows);
        }

        return passed ? ExitCode.Done : ExitCode.Failed;
    }

    /// <summary>
    /// The widths of images to deform: the images' own, and half of it, so that squares are checked as rectangles, too.
    /// </summary>
    private static int[] Widths(DataShape images) =>
    [
        .. new[] { images.Width * images.Channels, images.Width * images.Channels / 2 }.Where(width =>
            width is > 0 and <= Deformation.MaxSide
                && new Deformation { Width = width }.SizeOf(images.Pixels) is not null),
    ];

    /// <summary>The reference's gradients against central differences of its loss.</summary>
    private static VerificationResult Slopes(NetworkState start, DigitSet images)
    {
        using var reference = new ReferenceEngine(start.Shape);
        reference.Load(start);
        reference.Attach(images.X, images.Labels);
        var gradients = reference.ComputeGradients([.. Enumerable.Range(0, images.Count)]);
        var result = CentralDifferences.Check(start, gradients, images.X.Span, images.Labels.Span);
        return new VerificationResult($"slopes of the loss ({result.Checked})", result.LargestError,
            CentralDifferences.Tolerance, result.LargestError <= CentralDifferences.Tolerance && result.Checked > 0,
            result.LargestError / CentralDifferences.Tolerance, result.LargestError / CentralDifferences.Tolerance);
    }
}
