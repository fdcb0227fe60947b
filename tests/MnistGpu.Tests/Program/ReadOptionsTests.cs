using System.CommandLine;
using MnistGpu.Data;
using MnistGpu.Data.Pictures;
using MnistGpu.Program;
using MnistGpu.Tests.Support;

namespace MnistGpu.Tests.Program;

/// <summary>Every command that reads images reads them alike.</summary>
public sealed class ReadOptionsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    /// <summary>Folders of two classes, pictures that are dark on light.</summary>
    private void WritePictures(int width = 9, int height = 7, string one = "cats", string other = "dogs")
    {
        foreach (var (name, left) in (ReadOnlySpan<(string, int)>)[(one, 1), (other, 5)])
        {
            Directory.CreateDirectory(folder.File($"set/{name}"));
            var image = new byte[width * height];
            image.AsSpan().Fill(255);
            for (var y = 2; y < 5; y++)
            {
                image.AsSpan(width * y + left, 3).Fill((byte)(20 * y));
            }

            var shape = new DataShape(width, height, 1, DataShape.Numbers(1));
            for (var j = 0; j < 3; j++)
            {
                ContactSheet.Write(folder.File($"set/{name}/{j}.png"), new DigitSet(image, new byte[1], "", shape), 1,
                    1, 1);
            }
        }
    }

    [Fact]
    public void WhateverReadsImagesTakesTheSameOptions()
    {
        var commands = Root.Create().Subcommands.SelectMany(command => command.Subcommands.Append(command))
            .Where(command => Has(command, "--data")).ToArray();
        Assert.Equal(["compare", "evaluate", "show", "train", "twin", "verify"],
            commands.Select(command => command.Name).Order());
        // A twin reads its images as its model's training did, and a model says what its pictures' polarity is.
        Assert.Equal(["twin"], commands.Where(command => !Has(command, "--read")).Select(command => command.Name));
        Assert.Equal(["evaluate", "twin"], commands.Where(command => !Has(command, "--polarity"))
            .Select(command => command.Name).Order());
    }

    [Theory]
    [InlineData("compare --device simd --iterations 1")]
    [InlineData("compare --crossover --device simd --network 784-4-2")]
    [InlineData("verify --device simd")]
    [InlineData("data show")]
    public void DigitsAreTurnedOverUnlessTheUserSaysNo(string arguments)
    {
        WritePictures(28, 28, "0", "1");
        string[] words = [.. arguments.Split(' '), "--data", "set"];
        Assert.Contains("--polarity as-is", Run(words).Error, StringComparison.Ordinal);
        Assert.Contains("are kept so", Run([.. words, "--polarity", "as-is"]).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatIsComparedAndProvenHasTheSizeThatTheUserSays()
    {
        WritePictures();
        Assert.Equal("25-10-2", Run("compare", "--device", "simd", "--iterations", "1", "--data", "set", "--read",
            "size=5x5", "--json").Json.GetProperty("network").GetString());
        Assert.Equal("60-10-2", Run("verify", "--device", "simd", "--data", "set", "--read", "size=5x4,colour=yes",
            "--json").Json.GetProperty("checks")[0].GetProperty("network").GetString());
        var rows = Run("compare", "--crossover", "--device", "simd", "--network", "25-4-2", "--data", "set", "--read",
            "size=5x5", "--json").Json.GetProperty("rows");
        Assert.Equal("25-4-2", rows[0].GetProperty("network").GetString());
    }

    [Theory]
    [InlineData("compare --data set --read sise=5x5", "did you mean size?")]
    [InlineData("compare --data set --read size=5", "size=WIDTHxHEIGHT|width and height")]
    [InlineData("compare --data set --polarity dark", "auto, as-is")]
    [InlineData("compare --crossover --data set --read size=5x5 --network 63-4-2", "a first width of 25")]
    [InlineData("compare --data set/cats/0.png --read header=no", "no data set")]
    [InlineData("compare --data set --read picture=", "expected : the name of a Parquet file.s column")]
    [InlineData("data show --data set --read picture=a,picture=b", "each once")]
    [InlineData("compare --data set.parquet --read picture=drawing", "--read picture=NAME")]
    [InlineData("verify --data set --polarity asis", "did you mean as-is?")]
    [InlineData("data show --data set --polarity light", "auto, as-is")]
    public void WhatCannotBeReadSoIsRefused(string arguments, string says)
    {
        WritePictures();
        File.Copy(Path.Combine(SourceTree.Root, "tests", "MnistGpu.Tests", "Data", "Formats", "files", "mnist.parquet"),
            folder.File("set.parquet"));
        var run = ProgramRun.Run(folder, arguments.Split(' '));
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.Matches(says, run.Error);
    }

    private static bool Has(Command command, string option) => command.Options.Any(one => one.Name == option);

    private ProgramRun Run(params string[] arguments)
    {
        var run = ProgramRun.Run(folder, arguments);
        Assert.True(run.ExitCode == 0, $"{string.Join(' ', arguments)}: {run.Output}{run.Error}");
        return run;
    }
}
