using System.CommandLine;
using MnistGpu.Program.Commands.Train;
using MnistGpu.Program.Jobs;
using MnistGpu.Program.Settings;
using MnistGpu.Tests.Support;
using MnistGpu.Training;

namespace MnistGpu.Tests.Api;

/// <summary>What the library's models tell of their training is what the program's tell, under the same keys.</summary>
public sealed class TrainingRecordTests : IDisposable
{
    // What only the command has: where it reads and writes, and how kernels compute.
    private static readonly string[] CommandsOwn =
        ["preset", "read", "polarity", "fusion", "product", "math", "save"];

    // A measurement of the time.
    private const string History = "history";

    private readonly TemporaryFolder folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    public static TheoryData<string> Commands =>
    [
        .. Preset.All.Select(preset => $"--preset {preset.Name}"),
        "--epochs 3 --batch 7 --parts 2 --optimizer momentum --rate 0.3 --schedule cosine --decay 0.1 --order file",
        "--iterations 9 --schedule exponential --final-rate 0.001 --smoothing 0.1 --dropout 0.25 --averaging 0.5",
        "--clip 0.5 --batch 32 --patience 2 --keep last --dev 20 --seed 18446744073709551615 --init uniform",
        "--deform shift=1,rotate=12.5,scale=0.15,shear=3,elastic=34,sigma=4 --keep best --optimizer rmsprop",
    ];

    [Theory]
    [MemberData(nameof(Commands))]
    public void AnOptionIsWrittenAsTheCommandReadsIt(string words)
    {
        var (command, request) = Read(words.Split(' '));
        var record = TrainingRecord.Options(request.Options);
        foreach (var setting in TrainSettings.All.Where(setting => record.ContainsKey(setting.Key)
            && setting != TrainSettings.Limit))
        {
            Assert.Equal((setting.Name, setting.TextIn(request.Parsed)), (setting.Name, record[setting.Key]));
        }

        // All that the library has, and all of it comes back.
        Assert.All(record.Keys, key => Assert.Contains(TrainSettings.All, setting => setting.Key == key));
        Assert.All(TrainSettings.All.Where(setting => setting.IsKept && setting.TextIn(request.Parsed).Length > 0
            && typeof(TrainingOptions).GetProperty(setting.Property) is not null), setting =>
            Assert.True(record.ContainsKey(setting.Key), setting.Name));
        var again = new TrainRequest(TrainArguments.Parse(command, CheckpointSettings.Options(record), "the record"));
        Assert.Equal(record, TrainingRecord.Options(again.Options));
    }

    [Fact]
    public void TheSameTrainingIsTheSameModelAndTellsTheSame()
    {
        Assert.Equal(0, ProgramRun.Run(folder, "train", "--data", "synthetic", "--limit", "300", "--dev", "40",
            "--hidden", "12", "--init", "he", "--optimizer", "adam", "--batch", "32", "--epochs", "2", "--schedule",
            "one-cycle", "--dropout", "0.1", "--averaging", "0.9", "--deform", "rotate=5", "--seed", "7", "--keep",
            "best", "--device", "simd", "--save", "program.safetensors", "--quiet").ExitCode);
        using (var network = Network.Train(Dataset.Load("synthetic", new() { Seed = 7, Limit = 300 }, Cancel).Training,
            new()
            {
                Limit = 300,
                Development = 40,
                Hidden = [12],
                Batch = 32,
                Epochs = 2,
                Schedule = Schedule.OneCycle,
                Dropout = 0.1,
                Averaging = 0.9,
                Deform = new() { Rotation = 5 },
                Seed = 7,
                KeepBest = true,
                Device = "simd",
            }, Cancel))
        {
            network.Save(folder.File("library.safetensors"));
        }

        var program = ModelFile.Load(folder.File("program.safetensors"));
        var library = ModelFile.Load(folder.File("library.safetensors"));
        Assert.Equal(program.State.W, library.State.W);
        Assert.Equal(program.State.b, library.State.b);
        var told = program.Metadata.Keys.Except([.. CommandsOwn, "sha256_file"]).Order().ToArray();
        Assert.Equal(told, library.Metadata.Keys.Except(["sha256_file"]).Order());
        // The library measures nothing but its epochs.
        foreach (var key in told.Except([History, "loss", "train_accuracy", "test_accuracy"]))
        {
            Assert.Equal((key, program.Metadata[key]), (key, library.Metadata[key]));
        }

        var steps = TrainingHistory.Parse(library.Metadata[History]).Select(row => (row.Step, row.Loss));
        Assert.Equal(TrainingHistory.Parse(program.Metadata[History]).Select(row => (row.Step, row.Loss)), steps);
    }

    [Fact]
    public void TheProgramKnowsHowALibrarysModelWasTrained()
    {
        using (var network = Network.Train(Dataset.Load("synthetic", new() { Limit = 200 }, Cancel).Training,
            new() { Hidden = [9, 8], Epochs = 1, Seed = 3, Optimizer = Optimizer.Nesterov, Device = "simd" }, Cancel))
        {
            network.Save(folder.File("m.safetensors"));
        }

        var shown = ProgramRun.Run(folder, "show", "m.safetensors", "--json").Json;
        Assert.Equal((3, 180), (shown.GetProperty("seed").GetInt32(), Images(folder.File("m.safetensors"))));
        var command = shown.GetProperty("command").GetString()!;
        foreach (var words in (string[])["--limit all", "--network 784-9-8-10", "--init he", "--epochs 1",
            "--batch 128", "--optimizer nesterov"])
        {
            Assert.Contains(words, command, StringComparison.Ordinal);
        }

        var measured = ProgramRun.Run(folder, "evaluate", "m.safetensors", "--data", "synthetic", "--device", "simd",
            "--report", "r.html");
        Assert.True(measured.ExitCode == 0, measured.Error);
        Assert.Contains("nesterov", File.ReadAllText(folder.File("r.html")), StringComparison.Ordinal);
        var more = ProgramRun.Run(folder, "train", "--start", "m.safetensors", "--data", "synthetic", "--limit", "200",
            "--iterations", "2", "--device", "simd", "--save", "more.safetensors", "--quiet");
        Assert.True(more.ExitCode == 0, more.Error);
        Assert.Equal("m.safetensors", ModelFile.Load(folder.File("more.safetensors")).Metadata["init"]);
    }

    [Fact]
    public void AStartInMemoryIsToldAndNoCommandRepeatsIt()
    {
        using var first = Shapes.Train(Shapes.Options with { Epochs = 1 });
        using var second = Shapes.Train(Shapes.Options with { Epochs = 1, From = first });
        Assert.Equal(Network.Trained, second.Model.Metadata["start"]);
        Assert.Equal(Network.Trained, second.Model.Metadata["init"]);
        var recipe = ModelRecipe.Find("m", second.Model)!;
        Assert.Equal((null, 0UL), (recipe.Command, recipe.Seed));
        first.Save(folder.File("first.safetensors"));
        using var loaded = Network.Load(folder.File("first.safetensors"));
        using var third = Shapes.Train(Shapes.Options with { Epochs = 1, From = loaded });
        Assert.Equal(folder.File("first.safetensors"), third.Model.Metadata["start"]);
        Assert.Contains("--start", ModelRecipe.Find("m", third.Model)!.Command!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void TheAccuracyToldIsOfTheEpochThatIsKept(bool keepsBest)
    {
        var epoch = 0;
        // A rate that soon spoils what was learnt.
        using var network = Shapes.Train(Shapes.Options with
        {
            Epochs = 8,
            Rate = 0.8,
            KeepBest = keepsBest,
            OnEpoch = _ => epoch++,
        });
        var rows = network.History;
        Assert.Equal(8, epoch);
        Assert.NotEqual(rows.Max(row => row.Development), rows[^1].Development);
        Assert.Equal($"{(keepsBest ? rows.Max(row => row.Development) : rows[^1].Development):R}",
            network.Model.Metadata["dev_accuracy"]);
    }

    [Fact]
    public void TheUsualBatchOfAFewImagesIsAsLargeAsItWas()
    {
        using var network = Network.Train(Shapes.Draw(40),
            new() { Hidden = [4], Development = 0, Epochs = 1, Device = "simd" }, Cancel);
        Assert.Equal(("40", "40"), (network.Model.Metadata["batch"], network.Model.Metadata["images"]));
    }

    private static (Command Command, TrainRequest Request) Read(params string[] words)
    {
        var command = TrainCommand.Create();
        return (command, TrainReader.Read(command, command.Parse(words)));
    }

    private static int Images(string path) => int.Parse(ModelFile.Load(path).Metadata["images"],
        System.Globalization.CultureInfo.InvariantCulture);
}
