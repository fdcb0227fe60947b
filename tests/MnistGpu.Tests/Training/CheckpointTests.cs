using MnistGpu.Bench.Ladder;
using MnistGpu.Data;
using MnistGpu.Data.Synthetic;
using MnistGpu.Files;
using MnistGpu.Model;
using MnistGpu.Tests.Support;
using MnistGpu.Training;

namespace MnistGpu.Tests.Training;

public sealed class CheckpointTests : IDisposable
{
    private static readonly NetworkShape Shape = NetworkShape.Parse("3-2-2").With(Activation.ScaledTanh);
    private readonly TemporaryFolder folder = new();

    private string Path => folder.File("c");

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(true, 2)]
    [InlineData(false, 1)]
    [InlineData(false, 0)]
    public void WhatIsSavedIsLoaded(bool asDouble, int moments)
    {
        var (state, position) = (State(moments), Position());
        Checkpoint.Save(Path, state, position, asDouble, new Dictionary<string, string> { ["rate"] = "0.1" });
        var loaded = Checkpoint.Load(Path);
        Assert.Equal(Shape, loaded.State.Shape);
        Agreement.SameBits(state, loaded.State);
        Agreement.SameBits(state.Average!, loaded.State.Average!);
        Agreement.SameBits(position.Best!, loaded.Position.Best!);
        Assert.Equal((position.Step, position.Row, "0.1"),
            (loaded.Position.Step, loaded.Position.Row, loaded.Metadata["rate"]));
        Assert.Equal(position.History, loaded.Position.History);
        Assert.Equal((2, 1), (loaded.Position.BestRow!.Epoch, loaded.Position.RowsSinceBest));

        // As a model it answers by what answered: here the best row's parameters, of its step.
        var model = ModelFile.Load(Path).State;
        Agreement.SameBits(position.Best!, model);
        Assert.Equal((position.BestRow!.Step, position.BestRow.Step), (loaded.Position.Best!.Step, model.Step));
        Assert.NotEqual(state.Step, model.Step);
    }

    /// <summary>One moment too, and yet not momentum's.</summary>
    [Fact]
    public void TheMomentOfRMSpropStaysItsOwn()
    {
        var state = State(1);
        var moments = new Moments(Shape, Optimizer.RMSprop.Moments()) { Steps = 11 };
        state.Moments!.First.CopyTo(moments.First);
        state.Moments = moments;
        Checkpoint.Save(Path, state, Position(), asDouble: true, new Dictionary<string, string>());
        var loaded = Checkpoint.Load(Path).State;
        Agreement.SameBits(state, loaded);
        Assert.NotEqual(Optimizer.Momentum.Moments(), loaded.Moments!.Kind);
    }

    /// <summary>Files of the time before moments were named: one is momentum's, two are Adam's.</summary>
    [Theory]
    [InlineData(1, MomentKind.Velocity)]
    [InlineData(2, MomentKind.MeanAndSquare)]
    public void MomentsWithoutANameAreTold(int moments, object kind)
    {
        var state = State(moments);
        Checkpoint.Save(Path, state, Position(), asDouble: true, new Dictionary<string, string>());
        Rename(null);
        var loaded = Checkpoint.Load(Path).State;
        Assert.Equal(kind, loaded.Moments!.Kind);
        Agreement.SameBits(state, loaded);
    }

    [Theory]
    [InlineData("mean-and-square")]
    [InlineData("none")]
    [InlineData("speed")]
    [InlineData("")]
    public void MomentsOfAnotherNumberThanTheirNameSaysAreRefused(string name)
    {
        Save(1);
        Rename(name);
        var e = Assert.Throws<UserErrorException>(() => Checkpoint.Load(Path));
        Assert.Contains("moment_kind", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TheOneBeforeItIsKept()
    {
        Save(1);
        Assert.False(File.Exists(AtomicFile.Previous(Path)));
        Save(2);
        Save(3);
        Assert.Equal((3, 2),
            (Checkpoint.Load(Path).Position.Step, Checkpoint.Load(AtomicFile.Previous(Path)).Position.Step));
        Assert.Equal(2, Directory.GetFiles(folder.Path).Length);
    }

    [Fact]
    public void KilledBetweenTheRenamesTheOneBeforeItServes()
    {
        Save(1);
        Save(2);
        File.Delete(Path);
        var loaded = Checkpoint.Load(Path);
        Assert.Equal((1, AtomicFile.Previous(Path)), (loaded.Position.Step, loaded.Path));
    }

    [Fact]
    public void AFlippedBitInAnyByteIsFound()
    {
        Save(1);
        var whole = File.ReadAllBytes(Path);
        for (var i = 0; i < whole.Length; i++)
        {
            var bytes = (byte[])whole.Clone();
            bytes[i] ^= (byte)(1 << 5 * i % 8);
            File.WriteAllBytes(Path, bytes);
            var e = Record.Exception(() => Checkpoint.Load(Path));
            Assert.True(e is UserErrorException, $"bit {5 * i % 8} of byte {i}: {e?.ToString() ?? "loaded"}");
        }
    }

    [Fact]
    public void EveryTruncationIsFoundAndTheOneBeforeItNamed()
    {
        Save(1);
        Save(2);
        var whole = File.ReadAllBytes(Path);
        for (var length = 0; length < whole.Length; length += 13)
        {
            File.WriteAllBytes(Path, whole[..length]);
            Assert.Contains($"--resume {AtomicFile.Previous(Path)}",
                Assert.Throws<UserErrorException>(() => Checkpoint.Load(Path)).Message, StringComparison.Ordinal);
        }

        Assert.Equal(1, Checkpoint.Load(AtomicFile.Previous(Path)).Position.Step);
    }

    [Fact]
    public void AFailedWriteLeavesBothAsTheyWere()
    {
        Save(1);
        Save(2);
        Assert.Throws<UserErrorException>(() =>
            AtomicFile.Write(Path, _ => throw new IOException("No space left on device"), keepPrevious: true));
        Assert.Equal((2, 1),
            (Checkpoint.Load(Path).Position.Step, Checkpoint.Load(AtomicFile.Previous(Path)).Position.Step));
        Assert.Equal(2, Directory.GetFiles(folder.Path).Length);
    }

    [Fact]
    public void AModelIsNoCheckpoint()
    {
        ModelFile.Save(Path, State(0), asDouble: false, new Dictionary<string, string>());
        Assert.Contains("not a checkpoint", Assert.Throws<UserErrorException>(() => Checkpoint.Load(Path)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void OtherImagesLabelsOrOrderGiveAnotherHash()
    {
        var images = SyntheticDigits.Draw(20, 1, SyntheticPart.Train, TestContext.Current.CancellationToken);
        var hash = Checkpoint.HashOf(DevelopmentSplit.Make(images, 20, 5, 1));
        Assert.Equal(hash, Checkpoint.HashOf(DevelopmentSplit.Make(images, 20, 5, 1)));
        var labels = images.Labels.ToArray();
        labels[3] = (byte)((labels[3] + 1) % 10);
        Assert.Equal(5, new[]
        {
            hash, Checkpoint.HashOf(DevelopmentSplit.Make(images, 20, 5, 2)), Checkpoint.HashOf(
                DevelopmentSplit.Make(images, 20, 6, 1)), Checkpoint.HashOf(DevelopmentSplit.Make(images, 19, 5, 1)),
            Checkpoint.HashOf(DevelopmentSplit.Make(new DigitSet(images.X, labels, ""), 20, 5, 1)),
        }.Distinct().Count());
    }

    private void Save(long step)
    {
        var position = new TrainingPosition { Step = step, Row = new Totals(32, 1.0 / 3, 7), Best = Floats(9) };
        var state = State(1);
        state.Moments!.Steps = step;
        Checkpoint.Save(Path, state, position, asDouble: false,
            new Dictionary<string, string> { ["data"] = "digits" });
    }

    // Writes the file again with another name of the moments, or none.
    private void Rename(string? kind)
    {
        var file = Safetensors.Read(Path);
        var metadata = new Dictionary<string, string>(file.Metadata);
        Assert.True(metadata.Remove("moment_kind"));
        if (kind is not null)
        {
            metadata["moment_kind"] = kind;
        }

        Safetensors.Write(Path, [.. file.Tensors.Values], metadata, asDouble: true);
    }

    private static NetworkState State(int moments)
    {
        var state = Floats(1);
        state.Step = 17;
        state.Average = Floats(2);
        if (moments > 0)
        {
            var kind = moments == 1 ? MomentKind.Velocity : MomentKind.MeanAndSquare;
            state.Moments = new Moments(Shape, kind) { Steps = 11 };
            for (var i = 0; i < moments; i++)
            {
                var (moment, values) = (i == 0 ? state.Moments.First : state.Moments.Second!, Floats(3UL + (ulong)i));
                for (var l = 0; l < Shape.Layers; l++)
                {
                    values.W[l].CopyTo(moment.dW[l], 0);
                    values.b[l].CopyTo(moment.db[l], 0);
                }
            }
        }

        return state;
    }

    /// <summary>Parameters that a float32 holds.</summary>
    private static NetworkState Floats(ulong seed)
    {
        var state = Initialization.Draw(Shape, Start.Normal, seed);
        foreach (var values in state.W.Concat(state.b))
        {
            for (var i = 0; i < values.Length; i++)
            {
                values[i] = (float)values[i];
            }
        }

        return state;
    }

    private static TrainingPosition Position() => new()
    {
        Step = 40,
        Row = new Totals(32, 1.0 / 3, 7),
        Best = Floats(9),
        History = [new EpochRow(1, 10, 2.5, 0.1, 0.25, 0.01, 1000), new EpochRow(2, 20, 1.0 / 3, 0.2, 0.5, 0.001, 2000),
            new EpochRow(3, 30, 0.25, 0.3, 0.5, 1e-9, 1500)],
    };
}
