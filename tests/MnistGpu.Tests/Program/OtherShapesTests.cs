using System.Text.Json;
using MnistGpu.Data;
using MnistGpu.Data.Formats;
using MnistGpu.Data.Pictures;
using MnistGpu.Files;
using MnistGpu.Tests.Support;

namespace MnistGpu.Tests.Program;

/// <summary>Images of any size and any number of classes, from training to an answer.</summary>
public sealed class OtherShapesTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private string Write(string name, DigitSet set, DigitSet test)
    {
        Directory.CreateDirectory(folder.File(name));
        IdxWriter.Write(folder.File(name), new DigitData(set, test, "", null));
        return name;
    }

    private ProgramRun Run(params string[] arguments)
    {
        var run = ProgramRun.Run(folder, arguments);
        Assert.True(run.ExitCode == 0, $"{string.Join(' ', arguments)}: {run.Output}{run.Error}");
        return run;
    }

    [Theory]
    [InlineData(8, 8, 1, 10)]
    [InlineData(20, 20, 1, 10)]
    [InlineData(28, 28, 1, 26)]
    [InlineData(18, 11, 1, 3)]
    [InlineData(32, 32, 3, 2)]
    public void ANetworkIsTrainedEvaluatedAskedAndProven(int width, int height, int channels, int classes)
    {
        var data = Write("set", PatchImages.Draw(width, height, channels, classes, 1),
            PatchImages.Draw(width, height, channels, classes, 2));
        string[] options = ["--hidden", "24", "--init", "he", "--optimizer", "adam", "--rate", "0.01", "--batch", "12",
            "--epochs", "12", "--dev", "0"];
        foreach (var device in (string[])["simd", "reference"])
        {
            var trained = Run(["train", "--data", data, "--device", device, "--save", "m", "--json", .. options]).Json;
            Assert.Equal($"{width * height * channels}-24-{classes}", trained.GetProperty("network").GetString());
            Assert.InRange(trained.GetProperty("test_accuracy").GetDouble(), 0.9, 1);
        }

        var evaluated = Run("evaluate", "m", "--data", data, "--json", "--report", "r.html").Json;
        Assert.Equal(classes, evaluated.GetProperty("classes").GetArrayLength());
        Assert.InRange(evaluated.GetProperty("accuracy").GetDouble(), 0.9, 1);
        var metadata = Safetensors.Read(folder.File("m")).Metadata;
        Assert.Equal($"{width}x{height}x{channels}", metadata["image_size"]);

        if (channels == 1)
        {
            // A turn of up to 3 degrees leaves a patch where it is.
            var bent = Run(["train", "--data", data, "--deform", "rotate=3", "--save", "bent", "--json", .. options]);
            Assert.InRange(bent.Json.GetProperty("test_accuracy").GetDouble(), 0.9, 1);
            Run("data", "show", "--data", data, "--deform", "rotate=3", "--save", "sheet.png");
        }

        var set = PatchImages.Draw(width, height, channels, classes, 3);
        ContactSheet.Write(folder.File("one.png"), set.Slice(classes - 1, 1), 1, 1, 1);
        var answer = Run("predict", "m", "one.png", "--json").Json.GetProperty("predictions")[0];
        Assert.Equal($"{classes - 1}", answer.GetProperty("class").GetString());
        Assert.Equal(classes, answer.GetProperty("probabilities").GetArrayLength());

        // The engines with kernels are proven for these shapes in GpuEngineTests, which compile them once.
        var proven = Run("verify", "--data", data, "--device", "simd", "--json").Json;
        Assert.True(proven.GetProperty("passed").GetBoolean());
    }

    [Fact]
    public void ARunGoesOnFromItsCheckpointWithItsClasses()
    {
        var data = Write("set", PatchImages.Draw(8, 8, 1, 4, 1), PatchImages.Draw(8, 8, 1, 4, 2));
        File.WriteAllText(folder.File("set/classes.txt"), "north\neast\nsouth\nwest\n");
        Run("train", "--data", data, "--hidden", "6", "--batch", "6", "--epochs", "2", "--checkpoint", "c", "--save",
            "m", "--quiet");
        Run("train", "--resume", "c", "--quiet");
        Assert.Equal(["north", "east", "south", "west"], JsonSerializer.Deserialize<string[]>(
            Safetensors.Read(folder.File("c")).Metadata["classes"])!);
        Assert.Contains("north", Run("evaluate", "m", "--data", data).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("train --data set --network 64-5-3", "expected : a last width of 4")]
    [InlineData("train --data set --network 63-5-4", "expected : a first width of 64")]
    [InlineData("train --data set --network 64-5-4 --hidden 5", "given twice")]
    [InlineData("train --data set --hidden 5-x", "whole numbers joined by '-'")]
    [InlineData("train --data colour --deform rotate=5", "expected : grey images")]
    [InlineData("data show --data colour --deform rotate=5", "expected : grey images")]
    [InlineData("train --data set --read size=9x9", "another size")]
    [InlineData("train --data set --read sise=9x9", "did you mean size?")]
    [InlineData("evaluate m --data wide", "images of another size")]
    [InlineData("evaluate m --data five", "a class that the network does not know")]
    public void WhatDoesNotFitIsRefusedWithWhatWould(string arguments, string says)
    {
        Write("set", PatchImages.Draw(8, 8, 1, 4, 1), PatchImages.Draw(8, 8, 1, 4, 2));
        Write("wide", PatchImages.Draw(16, 4, 1, 4, 1), PatchImages.Draw(16, 4, 1, 4, 2));
        Write("colour", PatchImages.Draw(8, 8, 3, 4, 1), PatchImages.Draw(8, 8, 3, 4, 2));
        Write("five", PatchImages.Draw(8, 8, 1, 5, 1), PatchImages.Draw(8, 8, 1, 5, 2));
        if (arguments.StartsWith("evaluate", StringComparison.Ordinal))
        {
            Run("train", "--data", "set", "--iterations", "1", "--save", "m", "--quiet");
        }

        var run = ProgramRun.Run(folder, arguments.Split(' '));
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(says, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void MoreOutputsThanClassesSeenAreAllowedWhereClassesAreNumbers()
    {
        Write("set", PatchImages.Draw(8, 8, 1, 4, 1), PatchImages.Draw(8, 8, 1, 4, 2));
        var run = Run("train", "--data", "set", "--network", "64-5-10", "--iterations", "1", "--save", "m", "--json");
        Assert.Equal("64-5-10", run.Json.GetProperty("network").GetString());
        Assert.Equal(10, Run("evaluate", "m", "--data", "set", "--json").Json.GetProperty("classes").GetArrayLength());
    }
}
