using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using MnistGpu.Model;
using MnistGpu.Tests.Support;
using MnistGpu.Training;

namespace MnistGpu.Tests.Web;

/// <summary>`serve` as its user starts and ends it.</summary>
public sealed class ServeCommandTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public ServeCommandTests() =>
        ModelFile.Save(folder.File("model"), Initialization.Draw(NetworkShape.Parse("784-10-10"), Start.He, 1), false,
        new Dictionary<string, string>());

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("127.0.0.1", false)]
    [InlineData("0.0.0.0", true)]
    public async Task ItSaysWhereItIsAndCtrlCEndsIt(string address, bool warned)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs kill, to send what Ctrl-C sends");
        using var process = ProgramRun.Start(folder, "serve", "model", "--port", "0", "--listen", address, "--device",
            "simd");
        try
        {
            var line = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
            var url = Regex.Match(line ?? "", "http://127.0.0.1:[0-9]+/").Value;
            Assert.NotEqual("", url);
            using var http = new HttpClient();
            Assert.Contains("784-10-10", await http.GetStringAsync(url + "api/model",
                TestContext.Current.CancellationToken), StringComparison.Ordinal);
            using (var kill = Process.Start("kill", ["-INT", $"{process.Id}"]))
            {
                await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
            }

            var run = ProgramRun.Finish(process);
            Assert.Equal(0, run.ExitCode);
            Assert.Contains("784-10-10", run.Output, StringComparison.Ordinal);
            Assert.Equal(warned, run.Error.StartsWith("warning: everyone who can reach 0.0.0.0",
                StringComparison.Ordinal));
            Assert.Equal(warned, run.Error.Length > 0);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }

    [Fact]
    public void APortAlreadyTakenIsSaidSo()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        var run = ProgramRun.Run(folder, "serve", "model", "--port", $"{port}", "--device", "simd");
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.Contains($"Port {port} is taken", run.Error, StringComparison.Ordinal);
    }
}
