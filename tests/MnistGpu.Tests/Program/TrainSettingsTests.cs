using System.CommandLine;
using System.Reflection;
using System.Text.RegularExpressions;
using MnistGpu.Data;
using MnistGpu.Model;
using MnistGpu.Program.Commands.Train;
using MnistGpu.Program.Jobs;
using MnistGpu.Program.Settings;
using MnistGpu.Reference;
using MnistGpu.Tests.Support;
using MnistGpu.Training;

namespace MnistGpu.Tests.Program;

/// <summary>The table of the options of train: what follows from it, by loop.</summary>
public sealed class TrainSettingsTests : IDisposable
{
    /// <summary>For each option with a value that is kept a value that is not its default.</summary>
    private static readonly Dictionary<Setting, string> Others = new()
    {
        [TrainSettings.Preset] = "quick",
        [TrainSettings.Data] = "synthetic",
        [TrainSettings.Limit] = "50",
        [TrainSettings.Shuffle] = "file",
        [TrainSettings.KeepsPolarity] = "as-is",
        [TrainSettings.Development] = "5",
        [TrainSettings.Read] = "transpose=no",
        [TrainSettings.Network] = "784-9-10",
        [TrainSettings.Hidden] = "8",
        [TrainSettings.Activation] = "tanh",
        [TrainSettings.Init] = "he",
        [TrainSettings.From] = "start.safetensors",
        [TrainSettings.Iterations] = "3",
        [TrainSettings.Epochs] = "2",
        [TrainSettings.Batch] = "7",
        [TrainSettings.Parts] = "2",
        [TrainSettings.Optimizer] = "adam",
        [TrainSettings.Rate] = "0.3",
        [TrainSettings.Schedule] = "cosine",
        [TrainSettings.FinalRate] = "0.01",
        [TrainSettings.Decay] = "0.1",
        [TrainSettings.Smoothing] = "0.1",
        [TrainSettings.Dropout] = "0.1",
        [TrainSettings.Averaging] = "0.5",
        [TrainSettings.Clip] = "1",
        [TrainSettings.Deform] = "rotate=5",
        [TrainSettings.Device] = "reference",
        [TrainSettings.Fusion] = "off",
        [TrainSettings.Product] = "naive",
        [TrainSettings.Patience] = "3",
        [TrainSettings.KeepBest] = "best",
        [TrainSettings.Seed] = "9",
        [TrainSettings.Repeat] = "2",
        [TrainSettings.Committee] = "2",
        [TrainSettings.Save] = "m",
        [TrainSettings.Report] = "r",
        [TrainSettings.Every] = "4",
        [TrainSettings.History] = "h",
    };

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    public static TheoryData<string> Results => Named(setting => setting.Role == SettingRole.Result);

    public static TheoryData<string> Kept => Named(setting => setting.IsKept && setting != TrainSettings.FinalRate);

    [Fact]
    public void EveryOptionOfTheCommandIsInTheTableOnce()
    {
        var names = TrainCommand.Create().Options.Select(option => option.Name).Except(["--help"]).ToArray();
        Assert.Equal(names, TrainSettings.All.Select(setting => setting.Name));
        Assert.Equal(names.Order(), names.Distinct().Order());
        Assert.Equal(TrainSettings.All.Count, TrainSettings.All.Select(setting => setting.Key).Distinct().Count());
        var declared = typeof(TrainSettings).GetFields(BindingFlags.Static | BindingFlags.Public)
            .Select(field => field.GetValue(null)).OfType<Setting>();
        Assert.Equal(declared.Select(s => s.Name).Order(), names.Order());
        Assert.All(TrainSettings.All, setting => Assert.True(Enum.IsDefined(setting.Role)));
        Assert.Equal(TrainSettings.Kept.Select(s => s.Name).Order(), Others.Keys.Select(s => s.Name).Order());
    }

    [Fact]
    public void NothingThatOneCallIsAskedIsKept() =>
        Assert.DoesNotContain(TrainSettings.All, setting => setting.Role == SettingRole.Session && setting.IsKept);

    [Theory]
    [MemberData(nameof(Results))]
    public void ARunWithAnotherResultIsRefused(string name)
    {
        var setting = TrainSettings.All.First(s => s.Name == name);
        var e = Assert.Throws<UserErrorException>(() => Read("--resume", Checkpoint(), name, Others[setting]));
        Assert.Contains($"where    : {name}", e.Message, StringComparison.Ordinal);
        Assert.Contains($"found    : {Others[setting]}", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatIsFreeOrOfOneCallMayBeGivenAnew()
    {
        foreach (var setting in TrainSettings.All.Where(s => s.Role != SettingRole.Result && s != TrainSettings.Resume))
        {
            string[] words = setting switch
            {
                Setting<bool> => [setting.Name],
                { Role: SettingRole.Free } => [setting.Name, Others[setting]],
                _ => [setting.Name, "1"],
            };
            var request = Read(["--resume", Checkpoint(), .. words]);
            Assert.True(setting.IsGivenIn(request.Parsed), setting.Name);
        }
    }

    [Theory]
    [MemberData(nameof(Kept))]
    public void WhatIsKeptComesBack(string name)
    {
        var setting = TrainSettings.All.First(s => s.Name == name);
        string[] beside = setting == TrainSettings.Patience ? ["--batch", "5"]
            : setting == TrainSettings.Every ? ["--checkpoint", "c"] : [];
        var request = Read([name, Others[setting], .. beside]);
        using var engine = new ReferenceEngine(NetworkShape.Parse("784-10"));
        var metadata = TrainMetadata.OptionsOn(engine, request);
        var words = CheckpointSettings.Options(metadata).SelectMany(pair => new[] { pair.Key, pair.Value! });
        var again = Parse([.. words]);
        Assert.Equal(setting.TextIn(request.Parsed), setting.TextIn(again));
        Assert.NotEqual(setting.TextIn(Parse()), setting.TextIn(again));
    }

    [Fact]
    public void AResumedRunHasEveryOptionThatItsRunHad()
    {
        foreach (var setting in TrainSettings.All.Where(setting => setting.Role != SettingRole.Session
            && setting != TrainSettings.Repeat && setting != TrainSettings.Committee))
        {
            var path = folder.File("all");
            string[] beside = setting == TrainSettings.Patience ? ["--batch", "5"]
                : setting == TrainSettings.FinalRate ? ["--schedule", "exponential"] : [];
            var request = Read([setting.Name, Others[setting], "--checkpoint", path, .. beside]);
            var shape = request.Shape(request.StartFile is null ? null : NetworkShape.Parse("784-10"));
            using var engine = new ReferenceEngine(shape);
            var digits = new DigitSet(new byte[784], new byte[1], "one");
            MnistGpu.Training.Checkpoint.Save(path, new NetworkState(shape), new TrainingPosition(), asDouble: true,
                CheckpointSettings.Create(request, engine, new DigitData(digits, null, "one", null), "hash"));
            var again = Read("--resume", path, "--checkpoint", path);
            Assert.Equal(shape, again.Shape(again.Resumed!.State.Shape));
            foreach (var other in TrainSettings.All.Where(other => other.IsKept))
            {
                Assert.True(other.TextIn(request.Parsed) == other.TextIn(again.Parsed),
                    $"{setting.Name} {Others[setting]}: {other.Name} is {other.TextIn(again.Parsed)}");
            }
        }
    }

    [Theory]
    [InlineData("@options.txt")]
    [InlineData("--live")]
    [InlineData("--seed=3")]
    [InlineData("a --live")]
    [InlineData("=")]
    public void WhatACheckpointKeepsIsAValueAndNeverWords(string value)
    {
        File.WriteAllText(folder.File("options.txt"), "--live 5081");
        var request = Read("--resume", Checkpoint(new Dictionary<string, string> { ["data"] = value }));
        Assert.Equal((value, null, 0UL), (request.Data, request.LivePort, request.Seed));
    }

    [Theory]
    [InlineData("data")]
    [InlineData("start")]
    [InlineData("save")]
    [InlineData("report")]
    [InlineData("history_file")]
    public void ANameThatNoFileCanHaveIsRefused(string key)
    {
        var path = Checkpoint(new Dictionary<string, string> { [key] = "a\0b" });
        Assert.Contains("NUL", Assert.Throws<UserErrorException>(() => Read("--resume", path)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void AWordWithAnAtSignIsAName()
    {
        var run = ProgramRun.Run(folder, "train", "--save", "@nowhere/m", "--data", "synthetic");
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.Contains("@nowhere", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--save", "m.onnx", "m.safetensors")]
    [InlineData("--save", "m.PT", "m.safetensors")]
    [InlineData("--checkpoint", "c.json", "c.safetensors")]
    [InlineData("--report", "r.pdf", "r.html")]
    [InlineData("--history", "h.json", "h.csv")]
    [InlineData("--save", "m.safetensors", null)]
    [InlineData("--save", "m.v2", null)]
    [InlineData("--checkpoint", "c.previous", null)]
    [InlineData("--report", "r.HTM", null)]
    public void AnEndingThatNamesAnotherFormatIsRefused(string option, string path, string? instead)
    {
        var errors = Parse(option, path).Errors;
        Assert.Equal(instead is null, errors.Count == 0);
        Assert.All(errors, error => Assert.Contains($"name it {instead}", error.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void TheHelpListsEveryOptionUnderItsHeading()
    {
        var run = ProgramRun.Run(folder, "train", "--help");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        foreach (var setting in TrainSettings.All)
        {
            Assert.Matches($@"(?m)^  {setting.Name}(\[=<.*>\]| <.*>)?\r?$", run.Output);
            Assert.Matches($"(?m)^{setting.Group}:\r?$", run.Output);
        }

        // The examples are commands, which are never broken.
        Assert.All(run.Output.Split('\n').Where(line => !line.Contains("mnistgpu.dll", StringComparison.Ordinal)),
            line => Assert.InRange(line.Length, 0, 80));
        Assert.Equal(3 + 1, Regex.Count(run.Output, @"mnistgpu\.dll train"));
        Assert.True(run.Output.IndexOf("--product", StringComparison.Ordinal)
            > run.Output.IndexOf("--quiet", StringComparison.Ordinal));
        Assert.Contains("[default: constant]", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("train --math tf32", "--product tf32")]
    [InlineData("train --math=bf16", "--product")]
    [InlineData("compare --math tf32", "--product tf32")]
    [InlineData("verify --math tf32", "--product tf32")]
    [InlineData("train --list-presets", "--preset list")]
    [InlineData("train --live --port 5081", "--live=PORT")]
    public void AnOldSpellingIsAnsweredWithTheNewOne(string arguments, string says)
    {
        var run = ProgramRun.Run(folder, arguments.Split(' '));
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.Contains(says, run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("auto", "tf32", "tf32")]
    [InlineData("auto", "bf16", "bf16")]
    [InlineData("tf32", "tf32", "tf32")]
    [InlineData("naive", "float32", "naive")]
    [InlineData("auto", "float32", "auto")]
    public void ACheckpointThatKnewMathGoesOnWithItsProduct(string product, string math, string expected)
    {
        var metadata = new Dictionary<string, string> { ["product"] = product, ["math"] = math };
        Assert.Equal(expected, CheckpointSettings.Options(metadata)["--product"]);

        var path = Checkpoint(metadata);
        var request = Read("--resume", path);
        Assert.Equal(expected, request.Kernels.Product);
        Assert.Equal(math, TrainMetadata.OptionsOn(new ReferenceEngine(NetworkShape.Parse("784-10")), request)["math"]);
    }

    private static TheoryData<string> Named(Func<Setting, bool> isMeant) =>
        [.. TrainSettings.All.Where(isMeant).Select(setting => setting.Name)];

    private static ParseResult Parse(params string[] arguments) => TrainCommand.Create().Parse(arguments);

    private static TrainRequest Read(params string[] arguments)
    {
        var command = TrainCommand.Create();
        var parsed = command.Parse(arguments);
        Assert.Empty(parsed.Errors);
        return TrainReader.Read(command, parsed);
    }

    /// <summary>A checkpoint of the tutorial's job, written as train does.</summary>
    private string Checkpoint(IReadOnlyDictionary<string, string>? more = null)
    {
        var path = folder.File("c");
        using var engine = new ReferenceEngine(NetworkShape.Parse("784-10-10"));
        var settings = TrainMetadata.OptionsOn(engine, Read("--data", "synthetic"));
        foreach (var (key, value) in more ?? new Dictionary<string, string>())
        {
            settings[key] = value;
        }

        var start = Initialization.Draw(engine.Shape, MnistGpu.Start.Normal, 1);
        MnistGpu.Training.Checkpoint.Save(path, start, new TrainingPosition(), asDouble: true, settings);
        return path;
    }
}
