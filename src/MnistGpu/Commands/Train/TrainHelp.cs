using System.CommandLine;
using System.CommandLine.Invocation;
using MnistGpu.Program.Jobs;
using MnistGpu.Program.Settings;

namespace MnistGpu.Program.Commands.Train;

/// <summary>The help of <c>train</c>: its options under headings, each above what it is for.</summary>
internal sealed class TrainHelp : SynchronousCommandLineAction
{
    private const string Indent = "      ";

    private static readonly (string What, string[] Words)[] Examples =
    [
        ("98.5 % of MNIST's test set in seconds, with a report for the browser",
            ["--preset", "quick", "--report", "report.html"]),
        ("a network of your own, in batches, shown as it learns",
            ["--network", "784-128-64-10", "--init", "he", "--optimizer", "adam", "--batch", "128", "--epochs", "5",
                "--live"]),
        ("your own images, and a run that can go on after Ctrl-C",
            ["--data", "FOLDER", "--epochs", "20", "--batch", "64", "--checkpoint", "run.ckpt"]),
    ];

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        var output = parseResult.InvocationConfiguration.Output;
        var description = parseResult.CommandResult.Command.Description!;
        output.WriteLine($"Description:\n  {Wrapping.Wrap(description, "  ", Wrapping.Width)}\n");
        output.WriteLine($"Usage:\n  {StartedAs.Command("train")} [options]\n");
        output.WriteLine("Examples:");
        foreach (var (what, words) in Examples)
        {
            output.WriteLine($"  {StartedAs.Command(["train", .. words])}");
            output.WriteLine($"{Indent}{what}");
        }

        output.WriteLine();
        foreach (var group in TrainSettings.Groups)
        {
            output.WriteLine($"{group}:");
            foreach (var setting in TrainSettings.All.Where(setting => setting.Group == group))
            {
                output.WriteLine($"  {Usage(setting)}");
                output.WriteLine(Indent + Wrapping.Wrap(Words(setting), Indent, Wrapping.Width));
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

    private static string Words(Setting setting)
    {
        var option = setting.Option;
        return option.HasDefaultValue && option.ValueType != typeof(bool)
            ? $"{option.Description} [default: {option.GetDefaultValue()}]" : option.Description!;
    }
}
