using System.CommandLine;
using MnistGpu.Gpu.Devices;
using MnistGpu.Program.Output;

namespace MnistGpu.Program.Commands;

/// <summary>Lists what a network can be trained on here.</summary>
internal static class DevicesCommand
{
    public static Command Create()
    {
        var json = CommonOptions.Json();
        var command = new Command("devices", "List the devices that --device can name here, the fastest kind first.") { json };
        command.SetAction(parsed => Run(parsed.GetValue(json)));
        return command;
    }

    private static int Run(bool json)
    {
        var auto = EngineCatalog.Choose("auto").Name;
        var choices = EngineCatalog.List();
        if (json)
        {
            JsonOutput.Write(new { Auto = auto, Devices = choices.Select(c => new { c.Name, c.Kind, c.Description, c.Architecture, c.Driver, c.MemoryBytes, c.IsGpu, c.IsHostSimulation }) });
            return ExitCode.Done;
        }

        foreach (var choice in choices)
        {
            var memory = choice.MemoryBytes is { } bytes ? $", {bytes / (1024.0 * 1024 * 1024):0.0} GiB" : "";
            Console.WriteLine($"{(choice.Name == auto ? "*" : " ")} {choice.Name,-11} {choice.Kind}: {choice.Description}{memory}");
        }

        Console.WriteLine("* is what --device auto takes.");
        return ExitCode.Done;
    }
}
