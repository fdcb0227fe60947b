using System.Text;
using MnistGpu.Model;
using MnistGpu.Tests.Data;
using MnistGpu.Tests.Data.Formats;
using MnistGpu.Tests.Support;
using MnistGpu.Training;

namespace MnistGpu.Tests.Program;

/// <summary>predict over one file of many images: a table, an array, a data set.</summary>
public sealed class PredictRowsTests : IDisposable
{
    private const int Images = 23;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    /// <summary>Saves a model of MNIST's size, and another of two classes with names.</summary>
    private void SaveModels()
    {
        var state = Initialization.Draw(NetworkShape.Parse("784-10"), Start.He, 1);
        ModelFile.Save(folder.File("m"), state, asDouble: false, new Dictionary<string, string>());
        ModelFile.Save(folder.File("cats"), Initialization.Draw(NetworkShape.Parse("4-2"), Start.He, 1),
            asDouble: false, new Dictionary<string, string>
            {
                [ModelImages.SizeKey] = "4x1x1",
                [ModelImages.ClassesKey] = "[\"cat, \\\"tabby\\\"\",\"dog\"]",
            });
    }

    /// <summary>Writes the first images without labels, and the same with labels.</summary>
    private void WriteTables()
    {
        var rows = Enumerable.Range(0, Images).Select(j => SmallFiles.Row(j, ",", p => $"{p}")).ToArray();
        folder.Write("train.csv", Encoding.ASCII.GetBytes(string.Join('\n',
            rows.Prepend(SmallFiles.Header("label", i => $"pixel{i}")))));
        folder.Write("test.csv", Encoding.ASCII.GetBytes(string.Join('\n',
            rows.Select(row => row[2..]).Prepend(SmallFiles.Header("label", i => $"pixel{i}")[6..]))));
    }

    [Fact]
    public void ATableWithoutLabelsBecomesKagglesTable()
    {
        SaveModels();
        WriteTables();
        var run = ProgramRun.Run(folder, "predict", "m", "test.csv", "--kaggle", "s.csv", "--csv", "all.csv",
            "--probabilities", "--json");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        var predictions = run.Json.GetProperty("predictions");
        Assert.Equal(Images, predictions.GetArrayLength());
        Assert.False(run.Json.TryGetProperty("accuracy", out var accuracy)
            && accuracy.ValueKind == System.Text.Json.JsonValueKind.Number);
        var lines = File.ReadAllLines(folder.File("s.csv"));
        Assert.Equal((Images + 1, "ImageId,Label"), (lines.Length, lines[0]));
        for (var j = 0; j < Images; j++)
        {
            Assert.Equal($"{j + 1},{predictions[j].GetProperty("digit").GetInt32()}", lines[j + 1]);
        }

        var all = File.ReadAllLines(folder.File("all.csv"));
        Assert.Equal("row,digit,probability," + string.Join(',', Enumerable.Range(0, 10).Select(k => $"p({k})")),
            all[0]);
        Assert.Equal(1, all[5].Split(',')[3..].Sum(decimal.Parse), 5);
    }

    [Fact]
    public void WithLabelsTheAccuracyIsThatOfEvaluate()
    {
        SaveModels();
        WriteTables();
        var evaluated = ProgramRun.Run(folder, "evaluate", "m", "--data", "train.csv", "--json").Json;
        var run = ProgramRun.Run(folder, "predict", "m", "train.csv", "--json");
        Assert.Equal(evaluated.GetProperty("accuracy").GetDouble(), run.Json.GetProperty("accuracy").GetDouble(), 9);
        Assert.Contains("accuracy", ProgramRun.Run(folder, "predict", "m", "train.csv").Output,
            StringComparison.Ordinal);
    }

    [Fact]
    public void ArraysAndDataSetsAreAskedToo()
    {
        SaveModels();
        WriteTables();
        var expected = ProgramRun.Run(folder, "predict", "m", "test.csv", "--json").Json.GetProperty("predictions");
        folder.Write("a.npy", SmallFiles.Npy("|u1", [Images, 28, 28], RecordedRun.X.AsSpan(0, Images * 784)));
        folder.Write("set/t10k-images-idx3-ubyte", SmallFiles.Idx([Images, 28, 28],
            RecordedRun.X.AsSpan(0, Images * 784)));
        foreach (var source in (string[])["a.npy", "set", "set/t10k-images-idx3-ubyte"])
        {
            var run = ProgramRun.Run(folder, "predict", "m", source, "--json");
            Assert.True(run.ExitCode == 0, run.Error);
            Assert.Equal(expected.ToString(), run.Json.GetProperty("predictions").ToString());
        }
    }

    [Fact]
    public void NamesOfClassesAreQuotedAndTheModelKnowsTheImagesSize()
    {
        SaveModels();
        folder.Write("rows.csv", "255,0,0,0\n0,0,0,255\n"u8.ToArray());
        var run = ProgramRun.Run(folder, "predict", "cats", "rows.csv", "--csv", "a.csv");
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains("--read header=yes", run.Error, StringComparison.Ordinal);
        Assert.Contains(File.ReadAllLines(folder.File("a.csv"))[1..], line =>
            line.Contains(",\"cat, \"\"tabby\"\"\",", StringComparison.Ordinal)
            || line.Contains(",dog,", StringComparison.Ordinal));
    }

    [Fact]
    public void LabelsThatAreNumbersAreMatchedToClassesWithNames()
    {
        const string Fashion = "[\"T-shirt/top\",\"Trouser\",\"Pullover\",\"Dress\",\"Coat\",\"Sandal\",\"Shirt\","
            + "\"Sneaker\",\"Bag\",\"Ankle boot\"]";
        SaveModels();
        WriteTables();
        ModelFile.Save(folder.File("clothes"), ModelFile.Load(folder.File("m")).State, asDouble: false,
            new Dictionary<string, string> { [ModelImages.SizeKey] = "28x28x1", [ModelImages.ClassesKey] = Fashion });
        folder.Write("fashion/t10k-images-idx3-ubyte", SmallFiles.Idx([Images, 28, 28],
            RecordedRun.X.AsSpan(0, Images * 784)));
        folder.Write("fashion/t10k-labels-idx1-ubyte", SmallFiles.Idx([Images], RecordedRun.Labels.AsSpan(0, Images)));
        var expected = ProgramRun.Run(folder, "predict", "m", "train.csv", "--json", "--kaggle", "a.csv").Json;
        foreach (var source in (string[])["fashion", "fashion/t10k-images-idx3-ubyte"])
        {
            var run = ProgramRun.Run(folder, "predict", "clothes", source, "--json", "--kaggle", "b.csv");
            Assert.True(run.ExitCode == 0, run.Error);
            Assert.Equal(expected.GetProperty("accuracy").GetDouble(), run.Json.GetProperty("accuracy").GetDouble(), 9);
            Assert.Equal(File.ReadAllText(folder.File("a.csv")), File.ReadAllText(folder.File("b.csv")));
        }

        // Nothing says what these numbers are.
        var unknown = ProgramRun.Run(folder, "predict", "clothes", "train.csv");
        Assert.DoesNotContain("accuracy", unknown.Output, StringComparison.Ordinal);
        Assert.Contains("is no class of the network", unknown.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void AModelThatDoesNotNameItsClassesTakesTheDatas()
    {
        SaveModels();
        WriteTables();
        File.Move(folder.File("train.csv"), folder.File("fashion.csv"));
        var run = ProgramRun.Run(folder, "evaluate", "m", "--data", "fashion.csv");
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains("does not name its classes", run.Error, StringComparison.Ordinal);
        Assert.Contains("Ankle boot", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void NoTableIsWrittenOverAnotherOrOverTheImages()
    {
        SaveModels();
        WriteTables();
        Directory.CreateDirectory(folder.File("set"));
        File.Move(folder.File("test.csv"), folder.File("set/test.csv"));
        foreach (var arguments in (string[])["--csv a.csv --kaggle a.csv", "--csv set/test.csv",
            "--kaggle set/test.csv"])
        {
            var run = ProgramRun.Run(folder, ["predict", "m", "set", .. arguments.Split(' ')]);
            Assert.Equal(2, run.ExitCode);
            Assert.Contains("One file cannot be two things", run.Error, StringComparison.Ordinal);
        }

        File.Move(folder.File("set/test.csv"), folder.File("set/b.csv"));
        File.Copy(folder.File("train.csv"), folder.File("set/c.csv"));
        Assert.Contains("the first of 2 tables", ProgramRun.Run(folder, "predict", "m", "set").Error,
            StringComparison.Ordinal);
    }

    [Fact]
    public void NamesOfAModelsClassesAreMadePlain()
    {
        var state = Initialization.Draw(NetworkShape.Parse("4-2"), Start.He, 1);
        ModelFile.Save(folder.File("odd"), state, asDouble: false, new Dictionary<string, string>
        {
            [ModelImages.SizeKey] = "4x1x1",
            [ModelImages.ClassesKey] = "[\"\\u001b]0;x\",\"\\u001b[2Jy\"]",
            ["imported"] = "a\u001b[2J",
            ["data"] = "d",
            ["images"] = "\u001b[2J7",
        });
        folder.Write("rows.csv", "255,0,0,0\n0,0,0,255\n"u8.ToArray());
        foreach (var arguments in (string[])["predict odd rows.csv", "show odd"])
        {
            var run = ProgramRun.Run(folder, arguments.Split(' '));
            Assert.True(run.ExitCode == 0, run.Error);
            Assert.DoesNotContain('\u001b', run.Output);
        }
    }

    [Theory]
    [InlineData("predict cats test.csv", "4 × 1 numbers")]
    [InlineData("predict m a.npy", "28 × 28")]
    [InlineData("predict m test.csv --csv test.csv", "the file of the images")]
    [InlineData("predict m one.png --kaggle s.csv", "one file of many images")]
    public void WhatDoesNotFitIsRefused(string arguments, string says)
    {
        SaveModels();
        WriteTables();
        folder.Write("a.npy", SmallFiles.Npy("|u1", [2, 3, 3], new byte[18]));
        folder.Write("one.png", [1]);
        var run = ProgramRun.Run(folder, arguments.Split(' '));
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(says, run.Error, StringComparison.Ordinal);
    }
}
