using MnistGpu.Data;
using MnistGpu.Data.Pictures;
using MnistGpu.Data.Synthetic;
using MnistGpu.Model;
using MnistGpu.Program.Jobs;
using MnistGpu.Simd;
using MnistGpu.Tests.Data;
using MnistGpu.Tests.Support;
using MnistGpu.Training;
using StbImageWriteSharp;

namespace MnistGpu.Tests.Program;

/// <summary>predict over several pictures: a line for each, errors in place, nothing lost.</summary>
public sealed class PredictCommandTests : IDisposable
{
    private static readonly DigitSet Digits = SyntheticDigits.Draw(40, 5, SyntheticPart.Test);

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    /// <summary>A shell that expands *.png after --csv names a picture there.</summary>
    [Theory]
    [InlineData("predict m a.png --csv b.png", "CSV under another format's name")]
    [InlineData("predict m a.png b.csv --csv b.csv", "the file of a picture")]
    [InlineData("predict m a.png --csv m", "the file of the model")]
    public void ATableReplacesNeitherPicturesNorTheModel(string arguments, string says)
    {
        SaveModel("m", new Dictionary<string, string>());
        foreach (var name in (string[])["a.png", "b.png", "b.csv"])
        {
            ContactSheet.Write(folder.File(name), Digits.Slice(1, 1), 1, 1);
        }

        var before = Directory.GetFiles(folder.Path).ToDictionary(file => file, File.ReadAllBytes);
        var run = ProgramRun.Run(folder, arguments.Split(' '));
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.Contains(says, run.Error, StringComparison.Ordinal);
        Assert.All(before, file => Assert.Equal(file.Value, File.ReadAllBytes(file.Key)));
    }

    [Fact]
    public void EveryPictureGetsItsLineAndErrorsStandInPlace()
    {
        SaveModel("m", new Dictionary<string, string>());
        Directory.CreateDirectory(folder.File("some"));
        foreach (var j in (int[])[10, 2, 1])
        {
            ContactSheet.Write(folder.File($"some/p{j}.png"), Digits.Slice(j, 1), 1, 1);
        }

        folder.Write("some/p3.webp", "RIFF....WEBP"u8.ToArray());
        folder.Write("some/readme.txt", "no picture"u8.ToArray());
        folder.Write("some/._p1.png", [0]);
        Pair("two, of them.png");

        var run = ProgramRun.Run(folder, "predict", "m", "some", "two*.png", "gone.png", "--csv", "a.csv");
        Assert.Equal(2, run.ExitCode);
        var lines = run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(6, lines.Length);
        Assert.StartsWith(Path.Combine("some", "p1.png") + $": {Answer(1)} (", lines[0], StringComparison.Ordinal);
        Assert.StartsWith(Path.Combine("some", "p2.png") + $": {Answer(2)} (", lines[1], StringComparison.Ordinal);
        Assert.Contains("no answer", lines[2], StringComparison.Ordinal);
        Assert.Contains("a WebP picture", lines[2], StringComparison.Ordinal);
        Assert.StartsWith(Path.Combine("some", "p10.png") + $": {Answer(10)} (", lines[3], StringComparison.Ordinal);
        Assert.Contains("more than one digit, from left to right: ", lines[4], StringComparison.Ordinal);
        Assert.StartsWith("gone.png: no answer.", lines[5], StringComparison.Ordinal);
        Assert.Contains("2 of 6 pictures have no answer", run.Error, StringComparison.Ordinal);
        Assert.Contains(Certainty.From(Probabilities(1).Max()), lines[0], StringComparison.Ordinal);

        var table = File.ReadAllLines(folder.File("a.csv"));
        Assert.Equal(1 + 7, table.Length);
        Assert.Equal("image,number,digit,probability,certainty,error", table[0]);
        Assert.StartsWith($"{Path.Combine("some", "p1.png")},1,{Answer(1)},0.", table[1], StringComparison.Ordinal);
        Assert.StartsWith("\"two, of them.png\",2,", table[6], StringComparison.Ordinal);

        var json = ProgramRun.Run(folder, "predict", "m", "some", "two, of them.png", "--json");
        Assert.Equal(2, json.ExitCode);
        var rows = json.Json.GetProperty("predictions");
        Assert.Equal(5, rows.GetArrayLength());
        Assert.Equal(Answer(1), rows[0].GetProperty("digit").GetInt32());
        Assert.Contains("a WebP picture", rows[2].GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Equal("more than one digit", rows[4].GetProperty("note").GetString());
        Assert.Equal(2, rows[4].GetProperty("digits").GetArrayLength());
    }

    [Fact]
    public void AModelOfDarkImagesSeesDarkPictures()
    {
        SaveModel("dark", new Dictionary<string, string> { ["ink"] = "dark", ["polarity"] = "as-is" });
        ContactSheet.Write(folder.File("a.png"), Digits.Slice(1, 1), 1, 1);
        var run = ProgramRun.Run(folder, "predict", "dark", "a.png", "--json");
        var pixels = Array.ConvertAll(HandwrittenImage.Read(folder.File("a.png")), p => (byte)(255 - p));
        Assert.Equal(Probabilities(pixels), run.Json.GetProperty("predictions")[0].GetProperty("probabilities")
            .EnumerateArray().Select(p => p.GetDouble()), (a, b) => Math.Abs(a - b) < 1e-6);
    }

    [Fact]
    public void FoldersAndPatternsAreRefusedWhereTheyHoldNothing()
    {
        Directory.CreateDirectory(folder.File("none"));
        folder.Write("none/readme.txt", [1]);
        Refused.With(() => PictureNames.Expand([folder.File("none")]), "no pictures", folder.File("none"));
        Refused.With(() => PictureNames.Expand([folder.File("x*.png")]), "no pictures", "x*.png");
        Assert.Equal([folder.File("y.png")], PictureNames.Expand([folder.File("y.png")]));
    }

    [Theory]
    [InlineData(0.991, "as good as certain")]
    [InlineData(0.99, "quite sure")]
    [InlineData(0.9, "rather sure")]
    [InlineData(0.6, "not sure")]
    public void CertaintyHasTheSameWordsEverywhere(double probability, string words) =>
        Assert.Equal(words, Certainty.From(probability));

    /// <summary>Two digits side by side on one sheet of paper.</summary>
    private void Pair(string name)
    {
        const int Zoom = 4, Width = 80 * Zoom, Height = 40 * Zoom;
        var gray = new byte[Width * Height];
        for (var i = 0; i < gray.Length; i++)
        {
            int x = i % Width / Zoom, y = i / Width / Zoom - 6;
            var left = x < 40 ? x - 6 : x - 46;
            var ink = left is >= 0 and < 28 && y is >= 0 and < 28 ? Digits.Image(x < 40 ? 1 : 2)[y * 28 + left] : 0;
            gray[i] = (byte)(255 - ink);
        }

        using var file = File.Create(folder.File(name));
        new ImageWriter().WritePng(gray, Width, Height, ColorComponents.Grey, file);
    }

    private static NetworkState State => Initialization.Draw(NetworkShape.Parse("784-10"), Start.He, 1);

    private void SaveModel(string name, Dictionary<string, string> metadata) =>
        ModelFile.Save(folder.File(name), State, false, metadata);

    private int Answer(int j) => Evaluation.Best(Probabilities(j));

    private double[] Probabilities(int j)
    {
        var path = folder.File($"one{j}.png");
        ContactSheet.Write(path, Digits.Slice(j, 1), 1, 1);
        return Probabilities(HandwrittenImage.Read(path));
    }

    private static double[] Probabilities(byte[] pixels)
    {
        using var engine = SimdEngine.Create(State.Shape, threads: 1);
        engine.Load(State);
        var AL = new double[Mnist.Classes];
        engine.Predict(pixels, AL);
        return AL;
    }
}
