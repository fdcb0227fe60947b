using System.Buffers.Binary;
using System.Text.Json;
using MnistGpu.Data;
using MnistGpu.Data.Formats;
using MnistGpu.Data.Pictures;
using MnistGpu.Data.Synthetic;
using MnistGpu.Model;
using MnistGpu.Tests.Support;
using MnistGpu.Training;

namespace MnistGpu.Tests.Program;

public sealed class OtherCommandsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData]
    [InlineData("train")]
    [InlineData("evaluate")]
    [InlineData("export")]
    [InlineData("import")]
    [InlineData("twin")]
    [InlineData("show")]
    [InlineData("predict")]
    [InlineData("serve")]
    [InlineData("compare")]
    [InlineData("verify")]
    [InlineData("devices")]
    [InlineData("data")]
    [InlineData("data", "show")]
    [InlineData("licences")]
    public void EveryCommandHasHelp(params string[] command)
    {
        var run = ProgramRun.Run(folder, [.. command, "--help"]);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains("Usage:", run.Output, StringComparison.Ordinal);
        Assert.All(run.Output.Split('\n').Where(line => !line.Contains("mnistgpu.dll", StringComparison.Ordinal)),
            line => Assert.InRange(line.Length, 0, 80));
    }

    [Theory]
    [InlineData("train", "--save", "")]
    [InlineData("train", "--start", " ")]
    [InlineData("train", "--data", "")]
    [InlineData("evaluate", "")]
    [InlineData("data", "synth", "")]
    public void AnEmptyNameIsRefused(params string[] arguments)
    {
        var run = ProgramRun.Run(folder, arguments);
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.Contains("empty", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void AnErrorLeavesStandardOutputEmptyEvenWithJson()
    {
        var run = ProgramRun.Run(folder, "evaluate", "nowhere", "--json");
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.Contains("no such file", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void ATypingMistakeIsAnsweredWithASuggestion()
    {
        var run = ProgramRun.Run(folder, "trian");
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("train", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void DevicesListsTheEnginesThatAreAlwaysThere()
    {
        var devices = ProgramRun.Run(folder, "devices", "--json").Json.GetProperty("devices").EnumerateArray()
            .Select(d => d.GetProperty("name").GetString()).ToArray();
        Assert.Subset(devices.ToHashSet(), new HashSet<string?> { "simd", "cpu", "reference" });
        Assert.Contains("simd", ProgramRun.Run(folder, "devices").Output, StringComparison.Ordinal);
    }

    [Fact]
    public void DataSaysWhatItDidAsJsonToo()
    {
        var drawn = ProgramRun.Run(folder, "data", "synth", "digits", "--count", "10", "--test", "3", "--json").Json;
        Assert.Equal(("digits", 10, 3), (drawn.GetProperty("folder").GetString(),
            drawn.GetProperty("training").GetInt32(), drawn.GetProperty("test").GetInt32()));
        var shown = ProgramRun.Run(folder, "data", "show", "--data", "digits", "--save", "s.png", "--json").Json;
        Assert.Equal(10, shown.GetProperty("digits").EnumerateArray().Sum(count => count.GetInt32()));
        Assert.Equal(("s.png", 3), (shown.GetProperty("sheet").GetString(), shown.GetProperty("test").GetInt32()));
        Assert.True(File.Exists(folder.File("s.png")));
    }

    [Fact]
    public void AShortSheetHasARowOfOriginalsAboveEachOfItsEpochs()
    {
        Assert.Equal(0, ProgramRun.Run(folder, "data", "synth", "digits", "--count", "10", "--test", "0").ExitCode);
        Assert.Equal(0, ProgramRun.Run(folder, "data", "show", "--data", "digits", "--from", "5", "--deform",
            "rotate=15", "--save", "s.png").ExitCode);
        var header = File.ReadAllBytes(folder.File("s.png")).AsSpan(16);
        Assert.Equal((5 * 56, 4 * 56), (BinaryPrimitives.ReadInt32BigEndian(header),
            BinaryPrimitives.ReadInt32BigEndian(header[4..])));
    }

    [Fact]
    public void VerifyPassesOnEveryEngine()
    {
        // Small images: a simulator's kernels take as long as their images are large.
        PatchImages.WriteSmall(folder.File("small"));
        var run = ProgramRun.Run(folder, "verify", "--data", "small", "--json");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.True(run.Json.GetProperty("passed").GetBoolean());
        var checks = run.Json.GetProperty("checks").EnumerateArray().ToArray();
        foreach (var device in (string[])["simd", "cpu", "reference"])
        {
            // Of each of two networks; two of the nine are images that are bent, as squares and as rectangles.
            Assert.Equal(device == "reference"
                ? 2 : 18, checks.Count(c => c.GetProperty("device").GetString() == device));
        }
    }

    [Fact]
    public void VerifySaysItsVerdictFirstAndItsRowsOnDemand()
    {
        var run = ProgramRun.Run(folder, "verify", "--device", "simd");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        var lines = run.Output.TrimEnd().Split('\n');
        Assert.Equal("All 20 checks passed.", lines[0]);
        Assert.All(lines, line => Assert.InRange(line.Length, 1, 80));
        Assert.Equal(["reference", "simd"], lines[1..].Select(line => line.Trim().Split(' ')[0]));
        var rows = ProgramRun.Run(folder, "verify", "--device", "simd", "--rows").Output;
        Assert.Contains("10 steps,", rows, StringComparison.Ordinal);
        Assert.Contains("usual", rows, StringComparison.Ordinal);
    }

    [Fact]
    public void CompareNeverComparesAcrossSizes()
    {
        PatchImages.WriteSmall(folder.File("small"), perClass: 150);
        var run = ProgramRun.Run(folder, "compare", "--data", "small", "--limit", "1500", "--iterations", "2",
            "--json");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        var groups = run.Json.GetProperty("groups").EnumerateArray().ToArray();
        Assert.Equal([1000, 1500], groups.Select(g => g.GetProperty("images").GetInt32()));
        var simd = groups[0].GetProperty("rows").EnumerateArray()
            .Single(r => r.GetProperty("device").GetString() == "simd");
        Assert.Equal(1, simd.GetProperty("ratio_to_simd").GetDouble());
        var cpu = groups[0].GetProperty("rows").EnumerateArray()
            .Where(r => r.GetProperty("device").GetString() == "cpu").ToArray();
        Assert.Equal([true, false], cpu.Select(r => r.GetProperty("fused").GetBoolean()));
        Assert.Equal([10, 18], cpu.Select(r => r.GetProperty("launches_per_step").GetDouble()));
        double[] bytes = [.. cpu.Select(r => r.GetProperty("bytes_per_step").GetDouble())];
        Assert.True(bytes[0] > 2 * 1000 * 64 && bytes[1] > bytes[0]);
        Assert.Equal(JsonValueKind.Null, simd.GetProperty("launches_per_step").ValueKind);
        Assert.InRange(simd.GetProperty("largest_difference").GetDouble(), 0, 1e-4);
    }

    [Fact]
    public void CompareLeavesOutWhatIsTooSlowForTheWholeJob()
    {
        var groups = ProgramRun.Run(folder, "compare", "--data", "synthetic", "--limit", "10000", "--iterations", "2",
            "--seconds", "1", "--json").Json.GetProperty("groups");
        string?[] Devices(int group) => [.. groups[group].GetProperty("rows").EnumerateArray()
            .Select(r => r.GetProperty("device").GetString())];
        Assert.Contains("cpu", Devices(0));
        Assert.DoesNotContain("cpu", Devices(1));
        Assert.Contains("simd", Devices(1));
    }

    [Fact]
    public void AModelIsEvaluatedAndReadsPictures()
    {
        Assert.Equal(0, ProgramRun.Run(folder, "data", "synth", "digits", "--count", "2000", "--test", "500").ExitCode);
        var trained = ProgramRun.Run(folder, "train", "--data", "digits", "--init", "he", "--rate", "0.5",
            "--iterations", "150", "--limit", "2000", "--dev", "0", "--device", "simd", "--json", "--save", "m").Json;
        var evaluated = ProgramRun.Run(folder, "evaluate", "m", "--data", "digits", "--device", "reference",
            "--json").Json;
        Assert.Equal(500, evaluated.GetProperty("images").GetInt32());
        // float32 and float64 may differ on a few images at the border between two digits.
        Assert.Equal(trained.GetProperty("test_accuracy").GetDouble(), evaluated.GetProperty("accuracy").GetDouble(),
            0.01);

        Assert.Equal(0, ProgramRun.Run(folder, "data", "show", "--data", "digits", "--save", "sheet.png").ExitCode);
        var bent = ProgramRun.Run(folder, "data", "show", "--data", "digits", "--save", "bent.png", "--deform",
            "rotate=15,elastic=36", "--epoch", "4", "--rows", "8");
        Assert.Equal(0, bent.ExitCode);
        Assert.Contains(", epoch 6", bent.Output, StringComparison.Ordinal);
        Assert.NotEqual(File.ReadAllBytes(folder.File("sheet.png")), File.ReadAllBytes(folder.File("bent.png")));
        Assert.True(File.Exists(folder.File("sheet.png")));
        ContactSheet.Write(folder.File("one.png"), SyntheticDigits.Draw(1, 1, SyntheticPart.Test,
            TestContext.Current.CancellationToken), 1, 1);
        var predicted = ProgramRun.Run(folder, "predict", "m", "one.png", "--json");
        Assert.Equal(0, predicted.ExitCode);
        var probabilities = predicted.Json.GetProperty("predictions")[0].GetProperty("probabilities").EnumerateArray()
            .Sum(p => p.GetDouble());
        Assert.Equal(1, probabilities, 1e-5);
    }

    [Fact]
    public void AnEvaluationSaysWhichImagesItMeasured()
    {
        ModelFile.Save(folder.File("m"), Initialization.Draw(NetworkShape.Parse("784-10"), Start.He, 1), false,
            new Dictionary<string, string>());
        var digits = SyntheticDigits.Draw(12, 1, SyntheticPart.Train, TestContext.Current.CancellationToken);
        Directory.CreateDirectory(folder.File("train"));
        Directory.CreateDirectory(folder.File("test"));
        IdxWriter.Write(folder.File("train"), new DigitData(digits, null, "digits", null));
        foreach (var file in Directory.GetFiles(folder.File("train")))
        {
            File.Copy(file, folder.File($"test/{Path.GetFileName(file).Replace("train", "t10k",
                StringComparison.Ordinal)}"));
        }

        var training = ProgramRun.Run(folder, "evaluate", "m", "--data", "train");
        Assert.Contains("of 12 training images", training.Output, StringComparison.Ordinal);
        Assert.Contains("no test images here", training.Error, StringComparison.Ordinal);
        var test = ProgramRun.Run(folder, "evaluate", "m", "--data", "test");
        Assert.Equal((0, ""), (test.ExitCode, test.Error));
        Assert.Contains("of 12 test images", test.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("evaluate nowhere", "no such file")]
    [InlineData("evaluate", "model")]
    [InlineData("evaluate other --data synthetic", "783")]
    [InlineData("evaluate text --data synthetic", "header length")]
    [InlineData("predict good nowhere.png", "nowhere.png")]
    [InlineData("predict good text", "text")]
    [InlineData("predict good", "image")]
    [InlineData("serve nowhere", "no such file")]
    [InlineData("serve text", "header length")]
    [InlineData("serve other", "783")]
    [InlineData("serve huge", "no numbers")]
    [InlineData("serve good --port 65536", "--port")]
    [InlineData("serve good --listen somewhere", "--listen")]
    [InlineData("serve good --listen 192.0.2.1 --port 0", "192.0.2.1")]
    [InlineData("compare --network 784", "784-10-10")]
    [InlineData("compare --iterations 0", "--iterations")]
    [InlineData("verify --device cuda:9", "simd")]
    [InlineData("data show --data nowhere", "nowhere")]
    [InlineData("data show --from 99999999 --data synthetic", "--from")]
    [InlineData("data show --from 2147483647 --data synthetic", "--from")]
    [InlineData("data show --from 300 --data digits", "0 to 99")]
    [InlineData("data show --deform rotat=5 --data digits", "did you mean rotate?")]
    [InlineData("data show --save /dev/null --data digits", "device")]
    [InlineData("train --data synthetic --limit 2147483647", "--limit")]
    [InlineData("data synth digits --test 0", "t10k")]
    [InlineData("train --data digits --start huge --iterations 0 --quiet", "no longer a number", 1)]
    [InlineData("predict huge digit.png", "no numbers")]
    [InlineData("evaluate huge --data digits", "no numbers")]
    [InlineData("data show --save sheet.jpg --data digits", "sheet.png")]
    [InlineData("data synth /proc/nowhere", "/proc/nowhere")]
    [InlineData("data synth x --count 0", "--count")]
    public void WrongUsageIsRefusedInWords(string arguments, string says, int exitCode = 2)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows()
            && (arguments.Contains("/proc", StringComparison.Ordinal)
            || arguments.Contains("/dev", StringComparison.Ordinal)), "needs /proc or /dev");
        File.WriteAllText(folder.File("text"), "this is neither a model nor a picture");
        ModelFile.Save(folder.File("good"), Initialization.Draw(NetworkShape.Parse("784-10"), Start.He, 1), false,
            new Dictionary<string, string>());
        ModelFile.Save(folder.File("other"), Initialization.Draw(NetworkShape.Parse("783-10"), Start.He, 1), false,
            new Dictionary<string, string>());
        var huge = new NetworkState(NetworkShape.Parse("784-10-10"));
        Array.Fill(huge.W[0], 1e38);
        Array.Fill(huge.W[1], 1e38);
        huge.W[1][0] = -1e38;
        ModelFile.Save(folder.File("huge"), huge, false, new Dictionary<string, string>());
        var digits = SyntheticDigits.Draw(100, 1, SyntheticPart.Train, TestContext.Current.CancellationToken);
        Directory.CreateDirectory(folder.File("digits"));
        IdxWriter.Write(folder.File("digits"), new DigitData(digits, digits, "digits", null));
        ContactSheet.Write(folder.File("digit.png"), digits, 1, 1);
        var run = ProgramRun.Run(folder, arguments.Split(' '));
        Assert.Equal(exitCode, run.ExitCode);
        Assert.Equal("", run.Output);
        Assert.Contains(says, run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
    }
}
