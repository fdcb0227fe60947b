using System.Text.Json;
using MnistGpu.Data;
using MnistGpu.Data.Formats;
using MnistGpu.Tests.Support;
using MnistGpu.Training;

namespace MnistGpu.Tests.Program;

/// <summary>The recipe that nobody measured: it names its images, and nothing is compared with a mark.</summary>
public sealed class FashionTests : IDisposable
{
    private const string Name = "fashion-mnist";
    private static readonly string[] Short = ["--iterations", "3", "--batch", "20", "--dev", "20", "--device", "simd"];
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    /// <summary>Writes images of Fashion-MNIST's shape where a download would have put its own.</summary>
    private void WriteClothes()
    {
        var path = folder.File($"cache/mnistgpu/{Name}");
        Directory.CreateDirectory(path);
        IdxWriter.Write(path, new DigitData(PatchImages.Draw(28, 28, 1, 10, 1), PatchImages.Draw(28, 28, 1, 10, 2), "",
            null));
        // Whoever downloads them has no names beside them.
        File.Delete(Path.Combine(path, "classes.txt"));
    }

    [Fact]
    public void TheRecipeTrainsOnItsImagesAndTheirClasses()
    {
        WriteClothes();
        var run = ProgramRun.Run(folder, ["train", "--preset", "fashion", "--save", "m", "--json", .. Short]);
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Equal(("784-512-512-10", "fashion", 3), (run.Json.GetProperty("network").GetString(),
            run.Json.GetProperty("preset").GetString(), run.Json.GetProperty("steps").GetInt32()));
        Assert.Contains(Name, run.Json.GetProperty("data").GetString(), StringComparison.Ordinal);
        Assert.Equal(JsonValueKind.Null, run.Json.GetProperty("pass_mark").ValueKind);
        Assert.Equal(JsonValueKind.Null, run.Json.GetProperty("pass_mark_reached").ValueKind);
        Assert.Equal(["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag",
            "Ankle boot"], JsonSerializer.Deserialize<string[]>(
            ModelFile.Load(folder.File("m")).Metadata["classes"])!);
    }

    [Fact]
    public void TheCommandsThatItPrintsNameItsImages()
    {
        WriteClothes();
        var run = ProgramRun.Run(folder, ["train", "--preset", "fashion", "--save", "m", "--report", "r.html",
            .. Short]);
        Assert.True(run.ExitCode == 0, run.Error);
        var evaluate = Assert.Single(run.Commands, line => line.Contains(" evaluate ", StringComparison.Ordinal));
        var typed = ProgramRun.Typed(folder, evaluate);
        Assert.True(typed.ExitCode == 0, typed.Error);
        Assert.Contains("Ankle boot", typed.Output, StringComparison.Ordinal);
        Assert.Contains($"<span>--data</span> <span>{Name}</span>", File.ReadAllText(folder.File("r.html")),
            StringComparison.Ordinal);
        var again = Assert.Single(ProgramRun.Run(folder, "show", "m").Commands);
        Assert.Contains("--preset fashion", again, StringComparison.Ordinal);
        Assert.Equal(0, ProgramRun.Typed(folder, $"{again} --device simd --quiet").ExitCode);
    }

    [Fact]
    public void OtherImagesStandWhereTheUserNamesThem()
    {
        var run = ProgramRun.Run(folder, ["train", "--preset", "fashion", "--data", "synthetic", "--limit", "80",
            "--checkpoint", "c", "--json", .. Short]);
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains("synthetic", run.Json.GetProperty("data").GetString(), StringComparison.Ordinal);
        var resumed = ProgramRun.Run(folder, "train", "--resume", "c", "--json");
        Assert.True(resumed.ExitCode == 0, resumed.Error);
        Assert.Contains("synthetic", resumed.Json.GetProperty("data").GetString(), StringComparison.Ordinal);
        Refused("has no pass mark", "train", "--resume", "c", "--must-reach");
    }

    [Fact]
    public void TheListSaysThatItWasNotMeasured()
    {
        var list = ProgramRun.Run(folder, "train", "--preset", "list").Rows;
        var own = list[list.IndexOf("\nfashion\n", StringComparison.Ordinal)..];
        Assert.Matches("expected +not measured", own);
        Assert.Matches("time +not measured", own);
        Assert.Matches("pass mark +none", own);
        Assert.Contains($"--data {Name} ", own, StringComparison.Ordinal);
        Assert.Equal([Name], Preset.All.Select(preset => preset.Data).Where(data => data != "auto"));
        Assert.Equal([Preset.Fashion], Preset.All.Where(preset => preset.Mark is null));
    }

    [Fact]
    public void WhatItCannotDoIsRefused()
    {
        // The list is broken where the line ends.
        Refused("expected : one that has: tutorial, quick, ", "train", "--preset", "fashion", "--must-reach", "--data",
            "synthetic");
        Refused("Fashion-MNIST is not on this machine", "train", "--preset", "fashion");
        Refused("did you mean fashion?", "train", "--preset", "fashoin");
        IdxWriter.Write(Directory.CreateDirectory(folder.File("colour")).FullName, new DigitData(
            PatchImages.Draw(8, 8, 3, 4, 1), PatchImages.Draw(8, 8, 3, 4, 2), "", null));
        Refused("expected : grey images", ["train", "--preset", "fashion", "--data", "colour", .. Short]);
        Assert.Equal(["colour"], Directory.GetFileSystemEntries(folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public void ATwinIsNotMadeOfOtherClasses()
    {
        WriteClothes();
        var run = ProgramRun.Run(folder, ["train", "--preset", "fashion", "--save", "m", "--quiet", .. Short]);
        Assert.True(run.ExitCode == 0, run.Error);
        IdxWriter.Write(Directory.CreateDirectory(folder.File("patches")).FullName, new DigitData(
            PatchImages.Draw(28, 28, 1, 10, 1), PatchImages.Draw(28, 28, 1, 10, 2), "", null));
        Refused("a class that the network does not know", "twin", "m", "t.py", "--data", "patches");
        Assert.False(File.Exists(folder.File("t.py")));
        var twin = ProgramRun.Run(folder, "twin", "m", "t.py", "--data", Name);
        Assert.True(twin.ExitCode == 0, twin.Error);
    }

    private void Refused(string says, params string[] arguments)
    {
        var run = ProgramRun.Run(folder, arguments);
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.Contains(says, run.Error, StringComparison.Ordinal);
    }
}
