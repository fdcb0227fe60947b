using System.Text.Json;
using MnistGpu.Bench.Scale;
using MnistGpu.Model;
using MnistGpu.Ranks;
using MnistGpu.Reference;

namespace MnistGpu.Tests.Bench;

/// <summary>The model of many machines counts what trainings send.</summary>
public sealed class ScaleTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void TheBytesAreThoseOfARealStep(int ranks)
    {
        var shape = NetworkShape.Parse("64-30-10");
        var images = new RandomImages(shape, 24);
        var sent = ThreadRanks.Run(ranks, one =>
        {
            using var engine = new ReferenceEngine(shape);
            engine.Attach(images.X, images.Labels);
            engine.SetOrder([.. Enumerable.Range(0, 24)]);
            var before = one.SentBytes;
            new PartedSteps(engine.Parts, ranks, one).Take(0, 24, new UpdateRule(0.1), 0, false);
            return one.SentBytes - before;
        });

        // The reference has elements of eight bytes, the model's have four; the heads of messages are the same.
        var model = new ScaleModel(2 * shape.ParameterCount, 24, new Wire(1e-6, 1e9), _ => 1, 1);
        var heads = (ranks - 1) * 32L;
        var exchange = new PartExchange(ranks, ranks, shape.ParameterCount, sizeof(double));
        for (var rank = 0; rank < ranks; rank++)
        {
            var (all, mine) = (shape.ParameterCount * sizeof(double), exchange.PieceBytes(rank));
            Assert.Equal(heads + all - mine + (long)mine * (ranks - 1), sent[rank]);
        }

        // Pieces are whole blocks, so that the model's longer arrays divide more evenly.
        Assert.InRange(model.Step(ranks).SentBytes, 0.5 * sent.Max(), 1.5 * sent.Max());
        Assert.Equal(ranks == 1, model.Step(ranks).Exchange == 0);
    }

    [Fact]
    public void ARankSendsWhatARingWould()
    {
        const long P = 2_913_290;
        var model = new ScaleModel(P, 1024, new Wire(5e-6, 12.5e9), images => 1e-4 * images, 1e-3);
        foreach (var ranks in (int[])[2, 3, 4, 8, 64])
        {
            var cost = model.Step(ranks);
            var ring = 2.0 * 4 * P * (ranks - 1) / ranks;
            Assert.InRange(cost.SentBytes / ring, 0.99, 1.03);
            Assert.Equal(2 * (ranks - 1) * 5e-6 + cost.SentBytes / 12.5e9, cost.Exchange, 1e-9);
            Assert.InRange(cost.Compute, 0.1024 / ranks, 0.1024 / ranks + 1.1e-3);
        }
    }

    [Theory]
    [InlineData("1..1024", 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)]
    [InlineData("3..10", 3, 6, 10)]
    [InlineData("5", 5)]
    public void RanksDouble(string text, params int[] expected) =>
        Assert.Equal(expected, ScaleCommand.Doublings(text));

    [Theory]
    [InlineData("0..4")]
    [InlineData("4..2")]
    [InlineData("1..2..3")]
    [InlineData("1..99999999999")]
    [InlineData("")]
    public void RanksThatAreNoneAreRefused(string text) =>
        Assert.Throws<UserErrorException>(() => ScaleCommand.Doublings(text));

    [Theory]
    [InlineData("5us", 5e-6)]
    [InlineData("0.2us", 2e-7)]
    [InlineData("5", null)]
    [InlineData("-5us", null)]
    [InlineData("NaNus", null)]
    public void AQuantityHasItsUnit(string text, double? expected)
    {
        double Read() => ScaleCommand.Quantity("--latency", text, ("us", 1e-6));
        if (expected is { } value)
        {
            Assert.Equal(value, Read(), 1e-12);
        }
        else
        {
            Assert.Contains("--latency", Assert.Throws<UserErrorException>(() => Read()).Message,
                StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task TheCommandPrintsTheCurveAndWhatWasMeasuredHere()
    {
        var (code, output, error) = await BenchProcessTests.Run("scale", "--network", "784-10-10", "--batch", "16",
            "--ranks", "1..8", "--seconds", "0.01", "--json");
        Assert.True(code == 0, error);
        var one = JsonDocument.Parse(output).RootElement[0];
        var steps = one.GetProperty("steps").EnumerateArray().ToArray();
        Assert.Equal([1, 2, 4, 8], steps.Select(step => step.GetProperty("ranks").GetInt32()));
        Assert.All(one.GetProperty("here").EnumerateArray(), here =>
            Assert.True(here.GetProperty("measured").GetDouble() > 0));
    }
}
