using System.CommandLine;
using MnistGpu.Program.Settings;

namespace MnistGpu.Program.Commands;

/// <summary>Says what is wrong with the words of a command: one thing, with what to write instead.</summary>
internal static class Misuse
{
    /// <returns>The exit code.</returns>
    public static int Tell(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        Console.Error.WriteLine($"error: {Fault(parsed)}");
        Console.Error.WriteLine($"Usage: {Usage(command)}\nSee {StartedAs.Command([.. Path(command), "--help"])}");
        return ExitCode.Usage;
    }

    /// <summary>The one thing to mend first.</summary>
    internal static string Fault(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        // Not only those unmatched: the option before an old spelling may have taken it for its value.
        var words = parsed.Tokens.Select(token => token.Value).ToArray();
        if (Array.Find(words, word => OldSpellings.Find(command.Name, word) is not null) is { } old)
        {
            return Unknown(command, old, OldSpellings.Find(command.Name, old)).Message;
        }

        // An unknown option's value is unknown too: the option is the fault.
        var unknown = parsed.UnmatchedTokens.OrderBy(word => !word.StartsWith('-')).FirstOrDefault();
        if (unknown is not null)
        {
            return Unknown(command, unknown, Instead(command, unknown, words)).Message;
        }

        if (command.Subcommands.Count > 0)
        {
            return new UserErrorException("Which command is missing",
                expected: string.Join(", ", command.Subcommands.Select(c => c.Name)), found: "none",
                todo: command is RootCommand ? "begin with train" : "name one of them").Message;
        }

        var missing = command.Arguments.FirstOrDefault(argument => argument.Arity.MinimumNumberOfValues > 0
            && parsed.GetResult(argument) is not { Tokens.Count: > 0 });
        return missing is not null
            ? new UserErrorException($"The {missing.Name} is missing", expected: missing.Description,
                found: "none", todo: $"write {Usage(command)}").Message
            : parsed.Errors[0].Message;
    }

    private static UserErrorException Unknown(Command command, string word, string? todo)
    {
        var isOption = word.StartsWith('-') && word.Length > 1;
        var of = command is RootCommand ? "" : $" of {command.Name}";
        return new UserErrorException(isOption ? $"There is no such option{of}"
            : command.Subcommands.Count > 0 ? $"There is no such command{of}" : "There is one word too many",
            found: isOption ? word.Split('=', ':')[0] : $"'{word}'", todo: todo ?? "see --help");
    }

    /// <summary>What the user meant; null where nobody knows.</summary>
    private static string? Instead(Command command, string word, string[] words)
    {
        if (!word.StartsWith('-'))
        {
            return OtherNames.Command(word) is { } name && command is RootCommand ? $"write {name}"
                : Near(word.ToLowerInvariant(), command.Subcommands.Select(c => c.Name));
        }

        var after = words.SkipWhile(other => other != word).Skip(1).FirstOrDefault();
        return OtherNames.Option(word, after, name => command.Options.Any(option => option.Name == name)) is { } advice
            ? advice.StartsWith('-') ? $"write {advice}" : advice
            : Near(word.Split('=', ':')[0], command.Options.Select(option => option.Name));
    }

    private static string? Near(string word, IEnumerable<string> names) =>
        Spelling.Suggest(word, names) is { } near ? $"did you mean {near}?" : null;

    private static string Usage(Command command)
    {
        var parts = command.Arguments.Select(a => a.Arity.MaximumNumberOfValues > 1 ? $"<{a.Name}>…" : $"<{a.Name}>")
            .Prepend(StartedAs.Command(Path(command))).ToList();
        parts.Add(command.Subcommands.Count > 0
            ? string.Join('|', command.Subcommands.Select(c => c.Name)) : "[options]");
        return string.Join(' ', parts);
    }

    private static IEnumerable<string> Path(Command command) => command.Parents.OfType<Command>().SelectMany(Path)
        .Concat(command is RootCommand ? [] : [command.Name]);
}
