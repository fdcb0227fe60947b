using System.CommandLine;
using MnistGpu.Program.Settings;

namespace MnistGpu.Program.Commands;

/// <summary>
/// Runs a parsed command and turns what went wrong into a message and an exit code, never a stack trace.
/// </summary>
internal static class CommandRunner
{
    public static int Run(RootCommand root, string[] args)
    {
        var parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            var command = parsed.CommandResult.Command;
            foreach (var error in parsed.Errors)
            {
                Console.Error.WriteLine($"error: {error.Message}");
            }

            foreach (var token in parsed.UnmatchedTokens)
            {
                var names = token.StartsWith('-') ? command.Options.Select(o => o.Name)
                    : command.Subcommands.Select(c => c.Name);
                if (Spelling.Suggest(token, names) is { } near && OldSpellings.Find(command.Name, token) is null)
                {
                    Console.Error.WriteLine($"  to do    : did you mean {near}?");
                }
            }

            // Not only those unmatched: the option before an old spelling may have taken it for its value.
            if (parsed.Tokens.Select(t => OldSpellings.Find(command.Name, t.Value))
                .FirstOrDefault(a => a is not null) is { } advice)
            {
                Console.Error.WriteLine($"  to do    : {advice}");
            }

            Console.Error.WriteLine($"Usage: {Usage(command)}; see '{Path(command)} --help'.");
            return ExitCode.Usage;
        }

        try
        {
            return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        }
        catch (UserErrorException e)
        {
            Console.Error.WriteLine($"error: {e.Message}");
            return ExitCode.Usage;
        }
        catch (OutOfMemoryException)
        {
            Console.Error.WriteLine("error: There is not enough memory for this\n  to do    : take a narrower network "
                + "with --network, or fewer images with --limit");
            return ExitCode.Usage;
        }
        catch (IOException e)
        {
            Console.Error.WriteLine("error: A file or the output cannot be read or written\n  found    : "
                + $"{e.Message}\n  to do    : check the disk and where the output goes");
            return ExitCode.Usage;
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine("Interrupted; nothing was changed.");
            return ExitCode.Interrupted;
        }
        catch (Exception e) when (Environment.GetEnvironmentVariable("MNISTGPU_DEBUG") is not "1")
        {
            Console.Error.WriteLine($"error: {e.GetType().Name}: {e.Message}\n  to do    : this is a fault of the "
                + "program; set MNISTGPU_DEBUG=1 to see where, and report it");
            return ExitCode.Failed;
        }
    }

    private static string Usage(Command command)
    {
        var parts = command.Arguments.Select(a => a.Arity.MaximumNumberOfValues > 1 ? $"<{a.Name}>…" : $"<{a.Name}>")
            .Prepend(Path(command)).ToList();
        parts.Add(command.Subcommands.Count > 0
            ? string.Join('|', command.Subcommands.Select(c => c.Name)) : "[options]");
        return string.Join(' ', parts);
    }

    private static string Path(Command command) =>
        string.Join(' ', command.Parents.OfType<Command>().Select(Path)
        .Append(command is RootCommand ? "mnistgpu" : command.Name));
}
