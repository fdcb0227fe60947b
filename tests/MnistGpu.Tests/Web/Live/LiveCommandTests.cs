using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using MnistGpu.Tests.Support;
using MnistGpu.Training;

namespace MnistGpu.Tests.Web.Live;

/// <summary>
/// `train --live` from its start to its end: the same result whoever looks, and an end whoever stays.
/// </summary>
public sealed class LiveCommandTests : IDisposable
{
    private const int Epochs = 60;
    private static readonly string[] Job = ["--limit", "3000", "--network", "784-24-10", "--init", "he", "--batch",
        "32", "--epochs", "60", "--optimizer", "adam", "--averaging", "0.99", "--patience", "60", "--threads", "1"];
    private static readonly string[] Endless = ["--limit", "3000", "--init", "he", "--batch", "10", "--epochs",
        "1000000", "--threads", "1"];

    private readonly TemporaryFolder folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(10)]
    public async Task TheModelIsTheSameToTheLastBitWhoeverLooks(int clients)
    {
        using var alone = new TemporaryFolder();
        string[] job = [.. Job, "--report", "report.html", "--history", "history.csv"];
        Assert.Equal(0, ProgramRun.Run(alone, ["train", "--data", "synthetic", "--device", "simd", .. job]).ExitCode);
        using var live = await LiveProcess.Start(folder, job);
        using var rude = new TcpClient { ReceiveBufferSize = 2048 };
        if (clients == 10)
        {
            // And one that never reads, and one that soon goes.
            await rude.ConnectAsync(IPAddress.Loopback, live.Url.Port, Cancel);
            await rude.GetStream().WriteAsync(Encoding.ASCII.GetBytes("GET /api/events HTTP/1.1\r\nHost: "
                + $"localhost:{live.Url.Port}\r\n\r\n"), Cancel);
            using var http = new HttpClient();
            await using var events = EventReader.Read(http, live.Url).GetAsyncEnumerator(Cancel);
            Assert.True(await events.MoveNextAsync());
        }

        var watched = await Task.WhenAll(Enumerable.Range(0, clients).Select(_ => EventReader.ReadAll(live.Url)));
        var run = live.Finish();
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        AssertSameModel(alone.File("model.safetensors"), folder.File("model.safetensors"));
        Assert.DoesNotContain("--live", await File.ReadAllTextAsync(folder.File("report.html"), Cancel),
            StringComparison.Ordinal);
        foreach (var events in watched)
        {
            AssertWhole(events);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task TheStopButtonSavesAndEndsAsCtrlCDoes(bool json)
    {
        using var live = await LiveProcess.Start(folder,
            [.. Endless, "--save", "stopped", "--checkpoint", "run", .. json ? (string[])["--json"] : []]);
        using var http = new HttpClient { BaseAddress = live.Url };
        await using var events = EventReader.Read(http, live.Url).GetAsyncEnumerator(Cancel);
        while (await events.MoveNextAsync() && events.Current.Name != "confusion")
        {
        }

        Assert.Equal(HttpStatusCode.Accepted, (await http.PostAsync("api/stop", null, Cancel)).StatusCode);
        string? line = null;
        var figures = new Dictionary<string, string?>();
        while (await events.MoveNextAsync() && events.Current.Name != "end")
        {
            if (events.Current.Name == "status")
            {
                line = events.Current.Data.GetProperty("line").GetString();
                figures = events.Current.Data.GetProperty("figures").EnumerateArray().ToDictionary(
                    figure => figure.GetProperty("name").GetString()!,
                    figure => figure.GetProperty("value").GetString());
            }
        }

        // The figures are those of the title: of the parameters that are saved.
        Assert.Contains($"{figures["training"]} training", line, StringComparison.Ordinal);
        Assert.Contains($"{figures["development"]} development", line, StringComparison.Ordinal);
        Assert.Contains("loss", figures.Keys);

        Assert.Equal("end", events.Current.Name);
        Assert.StartsWith("Stopped: ", line, StringComparison.Ordinal);
        Assert.EndsWith("saved to stopped.interrupted", line, StringComparison.Ordinal);
        var run = live.Finish();
        Assert.Equal(130, run.ExitCode);
        var step = ModelFile.Load(folder.File("stopped.interrupted")).State.Step;
        Assert.True(step > 0);
        Assert.Equal(step, Checkpoint.Load(folder.File("run")).Position.Step);
        if (json)
        {
            Assert.True(run.Json.GetProperty("interrupted").GetBoolean());
        }
        else
        {
            Assert.Contains("--resume run", run.Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task SeedsFollowEachOtherOnOnePage()
    {
        using var live = await LiveProcess.Start(folder, [.. Job, "--repeat", "2", "--quiet"]);
        var events = await EventReader.ReadAll(live.Url);
        Assert.Equal(0, live.Finish().ExitCode);
        AssertWhole(events);
        var seeds = events.Last(part => part.Name == "seeds").Data.GetProperty("seeds").EnumerateArray()
            .Select(line => line.GetString()!).ToArray();
        Assert.Equal(["seed 1", "seed 0"], seeds.Select(line => line.Split(':')[0]));
    }

    [Fact]
    public void ATakenPortIsSaidSoBeforeAnythingIsTrained()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        var run = ProgramRun.Run(folder, "train", $"--live={port}", "--data", "synthetic");
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.Contains($"Port {port} is taken", run.Error, StringComparison.Ordinal);
        Assert.Contains("where    : --live", run.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(folder.File("model.safetensors")));
    }

    [Fact]
    public void AWordThatIsNoPortIsRefused()
    {
        var run = ProgramRun.Run(folder, "train", "--live=65536", "--data", "synthetic");
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.Contains("where    : --live", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ATrainingThatDivergesSaysSoOnThePageToo()
    {
        using var live = await LiveProcess.Start(folder, "--limit", "2000", "--rate", "1e30", "--batch", "10", "--init",
            "he");
        var events = await EventReader.ReadAll(live.Url);
        Assert.Equal(1, live.Finish().ExitCode);
        Assert.Contains("diverged", events.Last(part => part.Name == "status").Data.GetProperty("line").GetString(),
            StringComparison.Ordinal);
        Assert.Equal("end", events[^1].Name);
    }

    /// <summary>
    /// The same tensors byte by byte, and the same text but for the rows' images per second, which no two runs have in
    /// common.
    /// </summary>
    private static void AssertSameModel(string expected, string actual)
    {
        var (one, other) = (File.ReadAllBytes(expected), File.ReadAllBytes(actual));
        Assert.Equal(one.AsSpan(Header(one)), other.AsSpan(Header(other)));
        var (told, alsoTold) = (Told(expected), Told(actual));
        Assert.Equal(told.Count, alsoTold.Count);
        Assert.All(told, pair => Assert.Equal(pair.Value, alsoTold[pair.Key]));

        static int Header(byte[] file) => 8 + (int)BinaryPrimitives.ReadUInt64LittleEndian(file);

        static Dictionary<string, string> Told(string file)
        {
            var metadata = new Dictionary<string, string>(ModelFile.Load(file).Metadata);
            metadata["history"] = string.Join('\n', metadata["history"].Split('\n')
                .Select(row => string.Join(',', row.Split(',').Where((_, column) => column != 6))));
            Assert.True(metadata["history"].Length > 0);
            metadata.Remove("sha256_file");
            return metadata;
        }
    }

    /// <summary>Every part came, in order, up to the end.</summary>
    private static void AssertWhole(List<LiveEvent> events)
    {
        Assert.Equal("end", events[^1].Name);
        Assert.Superset(new HashSet<string> { "status", "curves", "rows", "confusion", "weights" },
            events.Select(part => part.Name).ToHashSet());
        var ids = events.SkipLast(1).Select(part => part.Id).ToArray();
        Assert.Equal(ids.Order().Distinct(), ids);
        Assert.StartsWith("Done: ", events.Last(part => part.Name == "status").Data.GetProperty("line").GetString(),
            StringComparison.Ordinal);
        // A later list of rows goes on where the one before it ended; a new seed begins anew.
        long count = 0;
        foreach (var history in events.Where(part => part.Name == "rows"))
        {
            var epochs = history.Data.GetProperty("rows").EnumerateArray()
                .Select(row => row.GetProperty("epoch").GetInt64()).ToArray();
            Assert.Equal(Enumerable.Range(1, epochs.Length).Select(i => (long)i), epochs);
            Assert.True(epochs.Length == 0 || epochs.Length >= count || count == Epochs);
            count = epochs.Length;
        }

        Assert.Equal(Epochs, count);
        var last = events.Last(part => part.Name == "rows").Data.GetProperty("rows")[Epochs - 1];
        Assert.InRange(double.Parse(last.GetProperty("training").GetString()!.Split(' ')[0],
            CultureInfo.InvariantCulture), 60, 100);
        Assert.Equal(24 * 784, events.Last(part => part.Name == "weights").Data.GetProperty("levels")
            .GetBytesFromBase64().Length);
        Assert.Contains("<svg", events.Last(part => part.Name == "curves").Data.GetProperty("loss").GetString(),
            StringComparison.Ordinal);
    }
}
