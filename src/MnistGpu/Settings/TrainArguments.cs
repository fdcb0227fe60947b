using System.CommandLine;

namespace MnistGpu.Program.Settings;

/// <summary>
/// Options as words on a command line: those of a preset or a checkpoint, and those that the user gives over them.
/// </summary>
internal static class TrainArguments
{
    /// <summary>An option given means that these of a preset no longer count.</summary>
    private static readonly Dictionary<string, string[]> Replaces = new()
    {
        ["--iterations"] = ["--epochs"],
        ["--epochs"] = ["--iterations"],
        ["--network"] = ["--hidden"],
        ["--hidden"] = ["--network"],
        ["--start"] = ["--init"],
        ["--schedule"] = ["--final-rate"],
    };

    /// <summary>How words are read: as they are, none of them the name of a file with more words.</summary>
    public static ParserConfiguration Parsing { get; } = new() { ResponseFileTokenReplacer = null };

    /// <summary>The options that the user gave, with their words; null for a switch.</summary>
    public static Dictionary<string, string?> Given(ParseResult parsed) => parsed.CommandResult.Command.Options
        .Select(option => parsed.GetResult(option))
        .Where(result => result is { Implicit: false })
        .ToDictionary(result => result!.Option.Name, result => result!.Tokens.Count > 0
            ? result.Tokens[0].Value : null);

    /// <summary>A preset's options, as written, where the user gives no others.</summary>
    public static Dictionary<string, string?> Over(string preset, Dictionary<string, string?> given)
    {
        var merged = new Dictionary<string, string?>(given);
        var gone = given.Keys.SelectMany(name => Replaces.GetValueOrDefault(name, [])).ToHashSet();
        foreach (var pair in preset.Split(' ', StringSplitOptions.RemoveEmptyEntries).Chunk(2)
            .Where(pair => !gone.Contains(pair[0])))
        {
            merged.TryAdd(pair[0], pair[1]);
        }

        return merged;
    }

    /// <summary>
    /// The options as the command reads them: each a name and its value, whatever words these are made of.
    /// </summary>
    /// <exception cref="UserErrorException">They cannot be read.</exception>
    public static ParseResult Parse(Command command, Dictionary<string, string?> options, string source)
    {
        var words = options.Select(option => option.Value is null ? option.Key : $"{option.Key}={option.Value}");
        var parsed = command.Parse([.. words], Parsing);
        var fault = parsed.Errors.Count > 0 ? parsed.Errors[0].Message.ReplaceLineEndings("; ")
            : Given(parsed).OrderBy(o => o.Key).SequenceEqual(options.OrderBy(o => o.Key)) ? null
            : "words that are read as other options";
        return fault is null
            ? parsed
            : throw new UserErrorException("These options cannot be used", where: source,
                expected: "options of this version of the program", found: fault,
                todo: "use the version that wrote them");
    }

    /// <summary>Refuses an option that is given beside a checkpoint and changes the result.</summary>
    /// <exception cref="UserErrorException">One does; it names the first.</exception>
    public static void RefuseContradictions(ParseResult given, ParseResult kept, string checkpoint)
    {
        foreach (var setting in TrainSettings.All.Where(s => s.Role == SettingRole.Result && s.IsGivenIn(given)))
        {
            var (now, before) = (given.GetResult(setting.Option)!, kept.GetResult(setting.Option));
            if (!Equals(now.GetValueOrDefault<object?>(), before?.GetValueOrDefault<object?>()))
            {
                var expected = before is { Tokens.Count: > 0 } ? before.Tokens[0].Value : "nothing of the kind";
                throw new UserErrorException("The checkpoint is of another run", where: setting.Name,
                    expected: $"{expected}, as in {checkpoint}", found: now.Tokens.Count > 0
                        ? now.Tokens[0].Value : "given",
                    todo: $"leave out {setting.Name} to go on with that run, or --resume to begin another");
            }
        }
    }
}
