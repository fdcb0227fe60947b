using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using MnistGpu.Program;
using MnistGpu.Program.Commands;
using Spectre.Console;

namespace MnistGpu.Tests.Support;

/// <summary>The other end of <see cref="WarmProgram"/>: does the commands that it reads, one after another.</summary>
internal static partial class WarmCommands
{
    // F_DUPFD_CLOEXEC, of Linux's fcntl: processes that the program starts do not inherit it.
    private const int Duplicate = 1030;

    private const int FirstFree = 10, Output = 1, Error = 2;

    public static void Run()
    {
        Environment.SetEnvironmentVariable("DOTNET_STARTUP_HOOKS", null);
        AnsiConsole.Console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(new Now()) });
        using var answers = new FileStream(
            new(Control(Output, Duplicate, FirstFree), ownsHandle: true), FileAccess.Write, 0);
        using var requests = new StreamReader(Console.OpenStandardInput());
        while (requests.ReadLine() is { } line)
        {
            var request = JsonSerializer.Deserialize<WarmProgram.Request>(line)!;
            Environment.CurrentDirectory = request.Folder;
            Environment.SetEnvironmentVariable("XDG_CACHE_HOME", request.Cache);
            Console.SetOut(Redirect(Output, request.Output));
            Console.SetError(Redirect(Error, request.Error));
            var code = CommandRunner.Run(Root.Create, request.Arguments);
            answers.Write(Encoding.UTF8.GetBytes($"{code}\n"));
        }

        Environment.Exit(0);
    }

    /// <summary>Lets an output of this process go to a file from now on, as a shell does for a new one.</summary>
    private static StreamWriter Redirect(int output, string path)
    {
        using var file = File.OpenHandle(path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite);
        _ = Replace((int)file.DangerousGetHandle(), output);
        return new StreamWriter(output == Output ? Console.OpenStandardOutput() : Console.OpenStandardError())
        {
            AutoFlush = true,
        };
    }

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int Control(int handle, int command, int least);

    [LibraryImport("libc", EntryPoint = "dup2")]
    private static partial int Replace(int handle, int by);

    /// <summary>The console's output as it is when something is written.</summary>
    private sealed class Now : TextWriter
    {
        public override Encoding Encoding => Console.Out.Encoding;

        public override void Write(char value) => Console.Out.Write(value);

        public override void Write(string? value) => Console.Out.Write(value);

        public override void Write(char[] buffer, int index, int count) => Console.Out.Write(buffer, index, count);

        public override void Flush() => Console.Out.Flush();
    }
}
