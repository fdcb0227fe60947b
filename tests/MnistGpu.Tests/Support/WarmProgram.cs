using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

[assembly: AssemblyFixture(typeof(MnistGpu.Tests.Support.WarmProgram.Pool))]

namespace MnistGpu.Tests.Support;

/// <summary>
/// The program as a process that does one command after another, each in a folder of its own, with files for its
/// outputs: what it compiles to machine code at its start, it compiles once. See <see cref="StartupHook"/>.
/// </summary>
internal sealed class WarmProgram : IDisposable
{
    private static readonly ConcurrentBag<WarmProgram> Idle = [];

    // The C library's dup2 and fcntl as Linux has them.
    private static readonly bool IsAsked = OperatingSystem.IsLinux()
        && Environment.GetEnvironmentVariable("MNISTGPU_COLD") is not "1";

    private readonly TemporaryFolder outputs = new();
    private readonly Process process;

    private WarmProgram(Process process) => this.process = process;

    /// <summary>Runs one command.</summary>
    /// <param name="folder">Where.</param>
    /// <param name="start">Starts the program with an environment variable more, without arguments.</param>
    /// <param name="arguments">The command.</param>
    /// <returns>What came of it; null where each command shall have a process of its own.</returns>
    public static ProgramRun? Run(TemporaryFolder folder, Func<string, string, Process> start, string[] arguments)
    {
        if (!IsAsked)
        {
            return null;
        }

        if (!Idle.TryTake(out var program))
        {
            program = new(start("DOTNET_STARTUP_HOOKS", typeof(WarmProgram).Assembly.Location));
        }

        var run = program.Run(folder, arguments, out var isAlive);
        if (isAlive)
        {
            Idle.Add(program);
        }
        else
        {
            program.Dispose();
        }

        return run;
    }

    public void Dispose()
    {
        process.StandardInput.Close();
        // Where one that was told to end does not, nobody waits for it any longer.
        if (!process.WaitForExit(ProgramRun.Patience))
        {
            process.Kill();
        }

        process.Dispose();
        outputs.Dispose();
    }

    private ProgramRun Run(TemporaryFolder folder, string[] arguments, out bool isAlive)
    {
        string output = outputs.File("output"), error = outputs.File("error");
        process.StandardInput.WriteLine(JsonSerializer.Serialize(
            new Request(folder.Path, folder.File("cache"), output, error, arguments)));
        process.StandardInput.Flush();
        var answer = process.StandardOutput.ReadLineAsync();
        if (!answer.Wait(ProgramRun.Patience))
        {
            process.Kill();
            Assert.Fail($"The program did not end. It said: {File.ReadAllText(output)}{File.ReadAllText(error)}");
        }

        isAlive = answer.Result is not null;
        if (!isAlive)
        {
            process.WaitForExit();
        }

        var code = isAlive ? int.Parse(answer.Result!, CultureInfo.InvariantCulture) : process.ExitCode;
        return new(code, File.ReadAllText(output), File.ReadAllText(error));
    }

    /// <summary>One command: where, where its cache is, the files for its outputs, and its arguments.</summary>
    internal sealed record Request(string Folder, string Cache, string Output, string Error, string[] Arguments);

    /// <summary>Ends those that are left once all tests are done.</summary>
    public sealed class Pool : IDisposable
    {
        public void Dispose()
        {
            while (Idle.TryTake(out var program))
            {
                program.Dispose();
            }
        }
    }
}
