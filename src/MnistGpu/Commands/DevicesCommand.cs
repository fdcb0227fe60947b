using System.CommandLine;
using System.Globalization;
using MnistGpu.Gpu;
using MnistGpu.Host;
using MnistGpu.Program.Jobs;
using MnistGpu.Program.Output;
using MnistGpu.Program.Settings;
using MnistGpu.Ranks;

namespace MnistGpu.Program.Commands;

/// <summary>Lists what a network can be trained on here, and measures once which kernels are fastest there.</summary>
internal static class DevicesCommand
{
    private const double TuningSeconds = 20;

    public static Command Create()
    {
        var tune = new Option<bool>("--tune")
        {
            Description = "verify and time the kernels of the products on every "
            + "device with kernels, and keep the fastest for later runs; they may change the last bits of a result"
        };
        var device = CommonOptions.DeviceOrNone("tune this device only");
        var json = CommonOptions.Json();
        var command = new Command("devices",
            "List the devices that --device can name here, the fastest kind first.") { tune, device, json };
        command.SetAction(parsed => parsed.GetValue(tune) ? Tune(parsed.GetValue(device), parsed.GetValue(json))
            : parsed.GetValue(device) is null
                ? RankJob.Current.Run(ranks => List(parsed.GetValue(json), ranks))
            : throw new UserErrorException("All devices are listed", where: "--device", expected: "--tune beside it",
                found: "none", todo: "add --tune to tune this device, or leave --device out"));
        return command;
    }

    private static int List(bool json, IRanks ranks)
    {
        var auto = Engines.Choose("auto").Name;
        var choices = Engines.List();
        if (json)
        {
            JsonOutput.Write(new
            {
                Auto = auto,
                Ranks = ranks.Count,
                RankLibrary = ranks.Count > 1 ? ranks.Library : null,
                Devices = choices.Select(c => new
                {
                    c.Name,
                    c.Kind,
                    c.Description,
                    c.Architecture,
                    c.Driver,
                    c.MemoryBytes,
                    c.IsGpu,
                    c.IsHostSimulation,
                    Tuned = Engines.Tuned(c, out _)
                }),
            });
            return ExitCode.Done;
        }

        foreach (var choice in choices)
        {
            var memory = choice.MemoryBytes is { } bytes ? $", {bytes / (1024.0 * 1024 * 1024):0.0} GiB" : "";
            var tuned = Engines.Tuned(choice, out var notice) is { } when
                ? $", tuned {when.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)} UTC" : "";
            KernelNotice.Say(notice);
            var row = Readable.Row(choice.Name, $"{choice.Kind}: {choice.Description}{memory}{tuned}");
            Console.WriteLine($"{(choice.Name == auto ? "*" : " ")}{row[1..]}");
        }

        if (ranks.Count > 1)
        {
            Console.WriteLine(Readable.Row("ranks", $"{ranks.Count}, by {ranks.Library}"));
        }

        Console.WriteLine("* is what --device auto takes.");
        return ExitCode.Done;
    }

    private static int Tune(string? device, bool json)
    {
        RankJob.Current.Require("devices --tune");
        using var interruption = new Interruption();
        EngineChoice[] choices = device is null
            ? [.. Engines.List().Where(Engines.CanBeTuned)] : [Engines.Choose(device)];
        if (choices.Length == 0 || !Engines.CanBeTuned(choices[0]))
        {
            throw new UserErrorException("There is nothing to tune", where: "--tune",
                expected: "a device with kernels that does not simulate them: a GPU, or PoCL with MNISTGPU_POCL=1",
                found: device is null ? "none" : choices[0].Kind,
                    todo: "leave --tune out; simd and the simulator need none");
        }

        var tuned = choices.Select(choice =>
        {
            var (result, path) = Engines.Tune(choice, TuningSeconds, text =>
                Progress(json, $"{choice.Name}: {text}"), interruption.Token);
            if (!json)
            {
                TuningTable.Write(choice, result, path);
            }

            return (choice, result, path);
        }).ToArray();
        if (json)
        {
            JsonOutput.Write(new { Devices = tuned.Select(t => TuningTable.Json(t.choice, t.result, t.path)) });
        }

        return tuned.Any(t => t.result.Failures.Count > 0) ? ExitCode.Failed : ExitCode.Done;
    }

    private static void Progress(bool json, string text)
    {
        if (!json)
        {
            Console.Error.WriteLine(text);
        }
    }
}
