using System.CommandLine;
using System.Runtime.InteropServices;
using MnistGpu.Program.Output;
using MnistGpu.Program.Settings;

namespace MnistGpu.Program.Commands;

/// <summary>
/// Parses and runs a command, and turns what went wrong into a message and an exit code, never a stack trace.
/// </summary>
internal static class CommandRunner
{
    /// <summary>Sent where a file grows past a limit; the write then fails, and that is told.</summary>
    private const PosixSignal FileTooLarge = (PosixSignal)25;

    /// <summary>Commands whose result is a file or a page; that of the others is their output.</summary>
    private static readonly string[] WithResultElsewhere = ["train", "serve", "download", "synth"];

    public static int Run(Func<RootCommand> create, string[] args)
    {
        using var job = RankJob.Begin();
        var output = DroppingWriter.Guard();
        using var limit = OperatingSystem.IsWindows() ? null
            : PosixSignalRegistration.Create(FileTooLarge, context => context.Cancel = true);
        var command = "";
        var code = Guarded(() =>
        {
            var parsed = create().Parse(args, TrainArguments.Parsing);
            command = parsed.CommandResult.Command.Name;
            job.Require(command);
            return parsed.Errors.Count > 0 ? Misuse.Tell(parsed)
                : parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        });
        job.End(code);
        if (output.Failure is null)
        {
            return code;
        }

        var isLost = code == ExitCode.Done && !WithResultElsewhere.Contains(command);
        Console.Error.WriteLine($"{(isLost ? "error" : "warning")}: Some of the output could not be written\n"
            + $"  found    : {output.Failure}\n  to do    : check the disk and where the output goes");
        return isLost ? ExitCode.Usage : code;
    }

    private static int Guarded(Func<int> run)
    {
        try
        {
            return run();
        }
        catch (UserErrorException e)
        {
            Console.Error.WriteLine($"error: {OptionWords.In(e)}");
            return ExitCode.Usage;
        }
        catch (Exception e) when (CauseOf<OutOfMemoryException>(e) is not null)
        {
            Console.Error.WriteLine("error: There is not enough memory for this\n  to do    : take a narrower network "
                + "(train --network), fewer images (--limit) or smaller pictures");
            return ExitCode.Usage;
        }
        catch (Exception e) when (CauseOf<IOException>(e) is { } cause)
        {
            Console.Error.WriteLine("error: A file cannot be read or written\n  found    : "
                + $"{Plain.Text(cause.Message)}\n  to do    : check the disk, and how many files may be open at once "
                + "(ulimit -n)");
            return ExitCode.Usage;
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine("Interrupted; nothing was changed.");
            return ExitCode.Interrupted;
        }
        catch (Exception e) when (Environment.GetEnvironmentVariable("MNISTGPU_DEBUG") is not "1")
        {
            Console.Error.WriteLine($"error: {e.GetType().Name}: {Plain.Text(e.Message)}\n  to do    : this is a fault "
                + "of the program; set MNISTGPU_DEBUG=1 to see where, and report it");
            return ExitCode.Failed;
        }
    }

    // No LINQ: its assembly may be what cannot be opened.
    private static T? CauseOf<T>(Exception? e)
        where T : Exception
    {
        for (; e is not null; e = e.InnerException)
        {
            if (e is T cause)
            {
                return cause;
            }
        }

        return null;
    }
}
