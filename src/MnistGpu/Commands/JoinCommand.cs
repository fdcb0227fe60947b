using System.CommandLine;
using MnistGpu.Exchange;
using MnistGpu.Files;
using MnistGpu.Program.Jobs;
using MnistGpu.Program.Output;
using MnistGpu.Program.Settings;
using MnistGpu.Training;

namespace MnistGpu.Program.Commands;

/// <summary>Makes one model of several networks, which answer together.</summary>
internal static class JoinCommand
{
    public static Command Create()
    {
        var models = new Argument<string[]>("model")
        {
            Description = "two models or more that were trained on the same data, as from other seeds; a committee "
                + "among them brings all its networks",
            Arity = ArgumentArity.OneOrMore,
        };
        var save = CommonOptions.FileOrNone("--save", "the committee to write, a .safetensors file", FileKind.Model);
        save.Required = true;
        var replace = CommonOptions.Switch("--replace", "write over a file that is there");
        var json = CommonOptions.Json();
        var command = new Command("join",
            "Join models to a committee: the mean of their probabilities answers.") { models, save, replace, json };
        command.SetAction(parsed =>
        {
            Run(parsed.GetValue(models)!, parsed.GetValue(save)!, parsed.GetValue(replace), parsed.GetValue(json));
            return ExitCode.Done;
        });
        return command;
    }

    private static void Run(string[] paths, string to, bool replace, bool json)
    {
        if (paths.Length == 1)
        {
            throw new UserErrorException("One model is no committee", where: "join", expected: "two models or more",
                found: paths[0], todo: "name the others, too");
        }

        AtomicFile.RequireOwn("--save", to, [.. paths.Select(path => ("a model", (string?)path))]);
        ModelExport.RequireNew(to, replace);
        var joined = CommitteeFile.Join([.. paths.Select(path => (path, ModelImport.Load(path)))]);
        joined.Save(to, asDouble: !joined.Networks.All(one => one.IsSingle));
        if (json)
        {
            JsonOutput.Write(new
            {
                Members = joined.Networks.Count,
                Networks = joined.Networks.Select(one => one.Shape.ToString()),
                Parameters = joined.ParameterCount,
                File = to,
            });
            return;
        }

        Console.WriteLine(Readable.Row("network",
            $"{joined.Title}, {Readable.Count(joined.ParameterCount)} parameters"));
        Console.WriteLine(Readable.Row("written", to));
        Console.WriteLine(Readable.Command(StartedAs.Command("evaluate", to)));
    }
}
