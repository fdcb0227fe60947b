using System.Text;
using MnistGpu.Files;
using MnistGpu.Model;
using MnistGpu.Tests.Data;
using MnistGpu.Tests.Support;
using MnistGpu.Training;

namespace MnistGpu.Tests.Training;

/// <summary>Checkpoints whose hash is right and whose contents are not, and those without one.</summary>
public sealed class HostileCheckpointTests : IDisposable
{
    private static readonly NetworkShape Shape = NetworkShape.Parse("4-3-2");

    private readonly TemporaryFolder folder = new();

    private string Path => folder.File("c");

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("run_step", "-5", "-5")]
    [InlineData("run_step", "9223372036854775807", "9223372036854775807")]
    [InlineData("run_step", "99999999999999999999", "run_step")]
    [InlineData("run_step", "", "nothing")]
    [InlineData("history", "1,41,0.5,0.5,,0.1,5,0", "up to step 40")]
    [InlineData("moment_steps", "-1", "-1")]
    [InlineData("moment_steps", "41", "at most 40")]
    [InlineData("step", "-1", "-1")]
    [InlineData("step", "9000000000000000000", "9000000000000000000")]
    [InlineData("row_images", "-32", "-32")]
    [InlineData("row_hits", "33", "at most 32")]
    [InlineData("row_hits", "-1", "-1")]
    [InlineData("row_loss", "NaN", "NaN")]
    [InlineData("row_loss", "Infinity", "Infinity")]
    [InlineData("row_loss", "1e999", "finite")]
    [InlineData("history", "1,10,0.5,Infinity,,0.1,5,0", "Infinity")]
    [InlineData("history", "1,10,0.5,0.5,1.5,0.1,5,0", "1.5")]
    [InlineData("history", "1,10,NaN,0.5,0.5,0.1,5,0", "NaN")]
    [InlineData("history", "1,10,0.5,0.5,0.5,-0.1,5,0", "-0.1")]
    [InlineData("history", "1,10,0.5,0.5,,0.1,5,0\n2,10,0.5,0.5,,0.1,5,0", "step 10 after")]
    public void ANumberThatNoRunHasIsRefused(string key, string value, string says)
    {
        Save(metadata: (key, key == "history"
            ? $"epoch,step,loss,train_accuracy,dev_accuracy,rate,images_per_second,best\n{value}\n" : value));
        Refused.With(() => Checkpoint.Load(Path), $"metadata '{key}'", says);
    }

    [Theory]
    [InlineData("W1")]
    [InlineData("b2")]
    [InlineData("moment1.W2")]
    [InlineData("moment2.b1")]
    [InlineData("average.W1")]
    [InlineData("best.b2")]
    public void WhatIsNoNumberIsRefusedByTensorAndElement(string name)
    {
        foreach (var value in (double[])[double.NaN, double.PositiveInfinity])
        {
            Save(tensor: (name, value));
            Refused.With(() => Checkpoint.Load(Path), $"tensor '{name}', element 1", $"{value}");
        }
    }

    [Theory]
    [InlineData("average.W1", false)]
    [InlineData("best.b2", true)]
    public void AModelWhoseAnsweringParametersAreNoNumbersIsRefused(string name, bool hasBest)
    {
        Save(tensor: (name, double.NaN), hasBest: hasBest);
        Refused.With(() => ModelFile.Load(Path), $"tensor '{name}', element 1");
    }

    [Fact]
    public void ACheckpointHasItsHash()
    {
        Save();
        Checkpoint.Load(Path);
        Strike("sha256_file", "sha256_none");
        Refused.With(() => Checkpoint.Load(Path), "'sha256_file'", "none");
        Strike("mnistgpu-2", "pytorch-xx");
        Refused.With(() => Checkpoint.Load(Path), "cannot go on", "hash");
    }

    [Theory]
    [InlineData("pt")]
    [InlineData("np")]
    public void AnotherProgramsFormatAsksForNoHash(string format)
    {
        Save();
        Strike("sha256_file", "sha256_none");
        Strike("mnistgpu-2", format.PadRight(10));
        Assert.Equal(17, ModelFile.Load(Path).State.Step);
        Strike("sha256_none\":", "sha256\":     ");
        Assert.Equal(17, ModelFile.Load(Path).State.Step);
    }

    private void Save((string Name, double Value)? tensor = null, (string Key, string Value)? metadata = null,
        bool hasBest = true)
    {
        var state = Initialization.Draw(Shape, Start.Normal, 1);
        state.Step = 17;
        state.Average = Initialization.Draw(Shape, Start.Normal, 2);
        state.Moments = new Moments(Shape, MomentKind.MeanAndSquare) { Steps = 11 };
        var position = new TrainingPosition
        {
            Step = 40,
            Row = new Totals(32, 1.0 / 3, 7),
            Best = hasBest ? Initialization.Draw(Shape, Start.Normal, 3) : null,
            History = [new EpochRow(1, 10, 2.5, 0.1, null, 0.01, 1000)],
        };
        Checkpoint.Save(Path, state, position, asDouble: true, new Dictionary<string, string>(), keepPrevious: false);
        var file = Safetensors.Read(Path);
        if (tensor is { } wrong)
        {
            file.Tensors[wrong.Name].Values[1] = wrong.Value;
        }

        var all = new Dictionary<string, string>(file.Metadata);
        if (metadata is { } pair)
        {
            all[pair.Key] = pair.Value;
        }

        Safetensors.Write(Path, [.. file.Tensors.Values], all, asDouble: true);
    }

    private void Strike(string word, string by)
    {
        var bytes = File.ReadAllBytes(Path);
        var at = bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(word));
        Encoding.UTF8.GetBytes(by).CopyTo(bytes, at);
        File.WriteAllBytes(Path, bytes);
    }
}
