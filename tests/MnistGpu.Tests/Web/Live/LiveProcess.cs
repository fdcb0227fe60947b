using System.Diagnostics;
using System.Text.RegularExpressions;
using MnistGpu.Tests.Support;

namespace MnistGpu.Tests.Web.Live;

/// <summary>`train --live` as its user starts it.</summary>
internal sealed class LiveProcess : IDisposable
{
    private readonly Process process;

    private LiveProcess(Process process, Uri url) => (this.process, Url) = (process, url);

    public Uri Url { get; }

    public bool HasExited => process.HasExited;

    /// <summary>Starts it on any free port, and waits until it says where.</summary>
    public static Task<LiveProcess> Start(TemporaryFolder folder, params string[] arguments) =>
        StartAt(folder, 0, arguments);

    /// <summary>Starts it on this port, and waits until it says where.</summary>
    public static async Task<LiveProcess> StartAt(TemporaryFolder folder, int port, params string[] arguments)
    {
        var process = ProgramRun.Start(folder,
            ["train", $"--live={port}", "--data", "synthetic", "--device", "simd", .. arguments]);
        try
        {
            var isCalm = arguments.Contains("--quiet") || arguments.Contains("--json");
            var line = await (isCalm ? process.StandardError : process.StandardOutput)
                .ReadLineAsync(TestContext.Current.CancellationToken);
            return new LiveProcess(process,
                new Uri(Regex.Match(line ?? "", "^Watch the training at (http://127.0.0.1:[0-9]+/)$").Groups[1].Value));
        }
        catch
        {
            process.Kill();
            process.Dispose();
            throw;
        }
    }

    public ProgramRun Finish() => ProgramRun.Finish(process);

    public void Dispose()
    {
        if (!process.HasExited)
        {
            process.Kill();
            process.WaitForExit();
        }

        process.Dispose();
    }
}
