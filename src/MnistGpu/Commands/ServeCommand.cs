using System.CommandLine;
using System.Net;
using MnistGpu.Gpu;
using MnistGpu.Model;
using MnistGpu.Program.Jobs;
using MnistGpu.Program.Settings;
using MnistGpu.Program.Web;
using MnistGpu.Training;

namespace MnistGpu.Program.Commands;

/// <summary>Serves a page to draw digits on, and predictions over HTTP.</summary>
internal static class ServeCommand
{
    public static Command Create()
    {
        var model = CommonOptions.Model();
        var port = CommonOptions.Whole("--port", "where to listen; 0 for any port that is free", "n", 5080, 0,
            ushort.MaxValue);
        var listen = CommonOptions.Parsed<string?>("--listen",
            "listen on this address instead, 0.0.0.0 for all of this machine: others can then reach it", "address",
            "127.0.0.1", RequireAddress);
        var device = CommonOptions.Device();
        var command = new Command("serve",
            "Serve a page on this machine to draw digits on, and predictions over HTTP, until Ctrl-C.") { model, port,
            listen, device };
        // Not an asynchronous action: for those the library handles Ctrl-C itself.
        command.SetAction(parsed => Run(parsed.GetValue(model)!,
            new IPEndPoint(IPAddress.Parse(parsed.GetValue(listen)!), parsed.GetValue(port)), parsed.GetValue(device)!)
            .GetAwaiter().GetResult());
        return command;
    }

    private static async Task<int> Run(string model, IPEndPoint endPoint, string device)
    {
        using var interruption = new Interruption();
        var choice = Engines.Choose(device);
        var network = Network.Open(model, choice, new AllEngines(), threads: 1);
        var (served, images) = (network.Model, network.Images);
        var limits = new WebLimits();
        using var page = new DrawingPage(Path.GetFileName(model), served, new Predictor(network), limits,
            images, ModelImages.AreDark(served.Metadata));
        await using var server = await WebServer.Start(endPoint, limits, page.Map);
        if (!IPAddress.IsLoopback(endPoint.Address))
        {
            Console.Error.WriteLine($"warning: everyone who can reach {endPoint.Address} can use this page; nothing "
                + "is encrypted and nobody is asked who they are");
        }

        Console.WriteLine(images.IsDigits ? $"Draw a digit at {server.Url}" : $"Show it pictures at {server.Url}");
        Console.WriteLine(Readable.Row("model", $"{model}, {served.Title}, step {served.Networks[0].Step}"));
        Console.WriteLine(Readable.Row("device", network.Device));
        Console.WriteLine(Readable.Row("programs", $"POST {server.Url}api/predict, described at {server.Url}api"));
        Console.WriteLine("Ctrl-C ends it.");
        await interruption.Requested();
        return ExitCode.Done;
    }

    private static string RequireAddress(string text)
    {
        var address = text == "localhost" ? "127.0.0.1" : text;
        return IPAddress.TryParse(address, out _) && (address.Contains(':') || address.Count(c => c == '.') == 3)
            ? address
            : throw new UserErrorException("This is no address", where: "--listen",
                expected: "an IP address of this machine", found: $"'{text}'",
                todo: "leave the option out, or give 0.0.0.0 for every address of this machine");
    }
}
