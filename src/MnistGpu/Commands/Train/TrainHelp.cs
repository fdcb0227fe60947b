using System.CommandLine;
using System.CommandLine.Invocation;
using MnistGpu.Program.Settings;

namespace MnistGpu.Program.Commands.Train;

/// <summary>The help of <c>train</c>: its options under headings, each above what it is for.</summary>
internal sealed class TrainHelp : SynchronousCommandLineAction
{
    private const int Width = 100;
    private const string Indent = "      ";

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        var output = parseResult.InvocationConfiguration.Output;
        output.WriteLine($"Description:\n  {parseResult.CommandResult.Command.Description}\n");
        output.WriteLine("Usage:\n  mnistgpu train [options]\n");
        foreach (var group in TrainSettings.All.GroupBy(setting => setting.Group))
        {
            output.WriteLine($"{group.Key}:");
            foreach (var setting in group)
            {
                output.WriteLine($"  {Usage(setting)}");
                foreach (var line in Wrap(Words(setting)))
                {
                    output.WriteLine($"{Indent}{line}");
                }
            }

            output.WriteLine();
        }

        output.WriteLine("  -?, -h, --help\n      Show help and usage information");
        return ExitCode.Done;
    }

    private static string Usage(Setting setting) => setting.Option switch
    {
        { ValueType: var type } when type == typeof(bool) => setting.Name,
        { Arity.MinimumNumberOfValues: 0 } => $"{setting.Name}[=<{setting.Option.HelpName}>]",
        _ => $"{setting.Name} <{setting.Option.HelpName}>",
    };

    private static IEnumerable<string> Words(Setting setting)
    {
        var option = setting.Option;
        var words = option.Description!.Split(' ');
        return option.HasDefaultValue && option.ValueType != typeof(bool)
            ? words.Append($"[default: {option.GetDefaultValue()}]")
            : words;
    }

    /// <summary>Words in lines that a terminal shows as they are.</summary>
    private static IEnumerable<string> Wrap(IEnumerable<string> words)
    {
        var line = "";
        foreach (var word in words)
        {
            if (line.Length > 0 && Indent.Length + line.Length + 1 + word.Length > Width)
            {
                yield return line;
                line = "";
            }

            line += line.Length == 0 ? word : $" {word}";
        }

        yield return line;
    }
}
