using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using MnistGpu.Model;
using MnistGpu.Program.Commands.Train;
using MnistGpu.Tests.Exchange;
using MnistGpu.Tests.Support;
using MnistGpu.Training;

namespace MnistGpu.Tests.Program;

/// <summary>Committees as a user trains, joins and asks them.</summary>
public sealed class CommitteeCommandTests : IDisposable
{
    private static readonly string[] Small = ["train", "--data", "digits", "--init", "he", "--rate", "0.5",
        "--iterations", "30", "--device", "simd", "--dev", "20"];
    private readonly TemporaryFolder folder = new();

    public CommitteeCommandTests() => PatchImages.WriteSmall(folder.File("digits"));

    public void Dispose() => folder.Dispose();

    [Fact]
    public void TheNetworksOfSeveralSeedsAreOneModel()
    {
        var run = Run([.. Small, "--committee", "3", "--seed", "5", "--report", "r.html", "--save", "all.safetensors"]);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains("(the committee of 3 networks)", run.Output, StringComparison.Ordinal);
        Assert.Contains("by a committee", File.ReadAllText(folder.File("r.html")), StringComparison.Ordinal);
        var all = ModelFile.Load(folder.File("all.safetensors"));
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(0, Run([.. Small, "--seed", $"{5 + i}", "--save", $"{i}.safetensors"]).ExitCode);
            Agreement.SameBits(ModelFile.Load(folder.File($"{i}.safetensors")).State, all.Networks[i]);
        }

        // Joined from three files, they answer as those that were trained together.
        run = Run("join", "0.safetensors", "1.safetensors", "2.safetensors", "--save", "joined.safetensors");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        var (trained, joined) = (Evaluate("all.safetensors"), Evaluate("joined.safetensors"));
        Assert.Equal(trained, joined);
        Assert.Equal(trained.Accuracy.ToString("R", CultureInfo.InvariantCulture), all.Metadata["test_accuracy"]);
        Assert.Equal(3, Run("show", "joined.safetensors", "--json").Json.GetProperty("members").GetInt32());
        Assert.Contains("network 3", Run("show", "all.safetensors").Output, StringComparison.Ordinal);
        foreach (var model in (string[])["all.safetensors", "joined.safetensors"])
        {
            // From seed 5 on, one after the other: one command trains them all.
            Assert.Contains("--committee 3", Run("show", model).Commands.Last(), StringComparison.Ordinal);
        }

        Assert.Equal(0, Run("join", "2.safetensors", "0.safetensors", "--save", "two.safetensors").ExitCode);
        var shown = Run("show", "two.safetensors", "--json").Json;
        Assert.Equal(JsonValueKind.Null, shown.GetProperty("command").ValueKind);
        Assert.Equal(JsonValueKind.Null, shown.GetProperty("test_accuracy").ValueKind);
        Assert.Equal(["7", "5"], shown.GetProperty("networks").EnumerateArray()
            .Select(network => network.GetProperty("seed").GetString()));
    }

    [Fact]
    public void ItsJsonIsOfTheCommittee()
    {
        var json = Run([.. Small, "--committee", "2", "--json"]).Json;
        Assert.Equal(2, json.GetProperty("committee").GetInt32());
        Assert.Equal(2, json.GetProperty("runs").GetArrayLength());
        Assert.Equal(Evaluate("model.safetensors").Accuracy, json.GetProperty("test_accuracy").GetDouble());
        Assert.Equal(JsonValueKind.Null, json.GetProperty("dev_accuracy").ValueKind);
    }

    [Fact]
    public void OtherProgramsAverageItToo()
    {
        Assert.Equal(0, Run([.. Small, "--committee", "2"]).ExitCode);
        Assert.Equal(0, Run("export", "model.safetensors", "m.onnx").ExitCode);
        Assert.Equal(0, Run("export", "model.safetensors", "m.npz").ExitCode);
        Assert.Equal(0, Run("export", "model.safetensors", "own.safetensors", "--names", "own").ExitCode);
        Assert.Equal(Evaluate("model.safetensors"), Evaluate("own.safetensors"));
        using var network = Network.Load(folder.File("model.safetensors"));
        var pixels = PatchImages.Draw(8, 8, 1, 10, 3).X.ToArray();
        using var graph = new OnnxRun(folder.File("m.onnx"));
        var (theirs, ours) = (graph.Run(pixels, 10), new double[pixels.Length / 64 * 10]);
        network.Predict(pixels, ours);
        Assert.All(ours.Zip(theirs), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
    }

    [Theory]
    [InlineData("export model.safetensors m.cs", "one network")]
    [InlineData("export model.safetensors m.html", "one network")]
    [InlineData("export model.safetensors m.onnx --output logits", "no logits")]
    [InlineData("twin model.safetensors m.py", "one network")]
    [InlineData("import model.safetensors m.safetensors", "one network")]
    [InlineData("train --start model.safetensors --data digits --iterations 1", "one network")]
    [InlineData("train --resume model.safetensors", "not a checkpoint")]
    [InlineData("join model.safetensors --save m.safetensors", "two models or more")]
    [InlineData("join model.safetensors model.safetensors --save m.safetensors", "the same network")]
    [InlineData("join model.safetensors wide.safetensors --save m.safetensors", "28 × 28")]
    [InlineData("join model.safetensors nothing.safetensors --save m.safetensors", "no such file")]
    [InlineData("join model.safetensors wide.safetensors --save model.safetensors", "--save")]
    [InlineData("join model.safetensors wide.safetensors", "--save")]
    public void WhatCannotBeDoneWithItSaysWhy(string command, string found)
    {
        Joined();
        ModelFile.Save(folder.File("wide.safetensors"), Draw("784-3-10", 1), asDouble: false,
            new Dictionary<string, string>());
        var run = Run(command.Split(' '));
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(found, run.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(folder.File("m.safetensors")));
    }

    [Fact]
    public void AFileThatIsThereStays()
    {
        Joined();
        ModelFile.Save(folder.File("other.safetensors"), Draw("64-3-10", 3), asDouble: false,
            new Dictionary<string, string>());
        string[] join = ["join", "model.safetensors", "other.safetensors", "--save", "m.safetensors"];
        Assert.Equal(0, Run(join).ExitCode);
        Assert.Equal(2, Run(join).ExitCode);
        Assert.Equal(0, Run([.. join, "--replace"]).ExitCode);
        Assert.Equal(3, ModelFile.Load(folder.File("m.safetensors")).Networks.Count);
    }

    [Fact]
    public async Task CtrlCKeepsTheNetworksThatAreComplete()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs the kill command to send a signal");
        using var process = ProgramRun.Start(folder, "train", "--data", "digits", "--iterations", "3000", "--committee",
            "100", "--device", "simd", "--save", "m");
        await ProgramRun.Until(process, "seed 1 ");
        using var kill = Process.Start("kill", ["-INT", $"{process.Id}"]);
        var run = ProgramRun.Finish(process);
        Assert.Equal(130, run.ExitCode);
        Assert.False(File.Exists(folder.File("m")));
        var kept = ModelFile.Load(folder.File("m.interrupted")).Networks;
        Assert.InRange(kept.Count, 2, 99);
        Assert.All(kept, network => Assert.Equal(3000, network.Step));
        Assert.Contains($"after {kept.Count} of 100 networks", run.Output, StringComparison.Ordinal);
        var (train, join) = run.Commands.Last().Split(" && ") is [var one, var two] ? (one, two) : ("", "");
        Assert.EndsWith($"train --seed {kept.Count} --committee {100 - kept.Count} --save m.from-{kept.Count} --data "
            + "digits --iterations 3000 --device simd", train, StringComparison.Ordinal);
        Assert.EndsWith($"join m.interrupted m.from-{kept.Count} --save m", join, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatIsCompleteIsSavedAtOnceAndGoesIntoTheWhole()
    {
        var place = new ModelPlace(folder.File("m"));
        byte[] before = [1, 2, 3];
        File.WriteAllBytes(folder.File("m"), before);
        ModelFile part = new(Draw("4-2", 1), new Dictionary<string, string>());
        ModelFile other = new(Draw("4-2", 2), new Dictionary<string, string>());
        place.SavePart(part, asDouble: false);
        Assert.Single(ModelFile.Load(folder.File("m.interrupted")).Networks);
        Assert.Equal(before, File.ReadAllBytes(folder.File("m")));
        place.Save(CommitteeFile.Join([("1", part), ("2", other)]), false,
            new TrainingResult(TrainingEnd.Finished, 1, 1, 1, 0, TimeSpan.Zero));
        Assert.False(File.Exists(folder.File("m.interrupted")));
        Assert.Equal(2, ModelFile.Load(folder.File("m")).Networks.Count);
        Assert.Equal(before, File.ReadAllBytes(folder.File("m.previous")));
        Assert.Equal(folder.File("m.previous"), place.Replaced?.Path);
    }

    [Fact]
    public void ItsMarkIsTheCommittees()
    {
        var run = Run([.. Small, "--committee", "2", "--must-reach"]);
        var reached = Evaluate("model.safetensors").Accuracy >= 0.5;
        Assert.Equal(reached ? 0 : 1, run.ExitCode);
        Assert.Contains("50.00 % test of tutorial", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void ItIsReportedAndItsAnswersAreWritten()
    {
        Assert.Equal(0, Run([.. Small, "--committee", "2"]).ExitCode);
        Assert.Equal(0, Run("evaluate", "model.safetensors", "--data", "digits", "--report", "e.html").ExitCode);
        var page = File.ReadAllText(folder.File("e.html"));
        Assert.Contains("a committee of 2 networks", page, StringComparison.Ordinal);
        // What the file says of each network, a history among it, is no option that all were trained with.
        Assert.Contains("trained optimizer", page, StringComparison.Ordinal);
        Assert.DoesNotContain("1.history", page, StringComparison.Ordinal);
        Assert.Equal(0, Run("predict", "model.safetensors", "digits", "--csv", "a.csv").ExitCode);
        Assert.Equal(121, File.ReadAllLines(folder.File("a.csv")).Length);
    }

    private static NetworkState Draw(string network, ulong seed) =>
        Initialization.Draw(NetworkShape.Parse(network), Start.He, seed);

    private void Joined() => CommitteeFile.Join([.. new ulong[] { 1, 2 }.Select(seed => ($"{seed}",
        new ModelFile(Draw("64-3-10", seed), new Dictionary<string, string>())))])
        .Save(folder.File("model.safetensors"), asDouble: false);

    private (double Accuracy, double Loss) Evaluate(string model)
    {
        var json = Run("evaluate", model, "--data", "digits", "--device", "simd", "--json").Json;
        return (json.GetProperty("accuracy").GetDouble(), json.GetProperty("loss").GetDouble());
    }

    private ProgramRun Run(params string[] arguments) => ProgramRun.Run(folder, arguments);
}
