using MnistGpu.Model;
using MnistGpu.Reference;
using MnistGpu.Simd;
using MnistGpu.Simd.Vectors;

namespace MnistGpu.Tests.Simd;

/// <summary>An update in a pass of its own is the update within the products, to the bit.</summary>
public sealed class UpdatePassTests
{
    private static readonly UpdateRule Adam = new(1e-2, Optimizer.Adam) { WeightDecay = 0.01, Averaging = 0.9 };

    [Theory]
    [InlineData("784-800-800-10", true)]
    [InlineData("784-256-10", false)]
    public void ManyParametersWithMomentsAreUpdatedApart(string network, bool apart)
    {
        var shape = NetworkShape.Parse(network);
        Assert.Equal(apart, StepKinds.UpdatesApart(shape, Adam));
        Assert.False(StepKinds.UpdatesApart(shape, new UpdateRule(0.1)));
        Assert.True(StepKinds.UpdatesApart(shape, new UpdateRule(0.1) { ClipNorm = 1 }));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void APassApartGivesTheSameBits(int plan)
    {
        // A norm that no gradient reaches: the factor is 1, and the pass is apart.
        var within = Train("100-70-33-5", 130, Adam, (StepKind)plan);
        var apart = Train("100-70-33-5", 130, Adam with { ClipNorm = 1e9 }, (StepKind)plan);
        Agreement.SameBits(within, apart);
    }

    [Fact]
    public void ALargeNetworkAgreesWithTheReference()
    {
        // Momentum, not Adam, which turns the rounding of a gradient near zero into a step.
        const string Network = "784-1400-10";
        var momentum = new UpdateRule(1e-2, Optimizer.Momentum) { WeightDecay = 0.01, Averaging = 0.9 };
        Assert.True(StepKinds.UpdatesApart(NetworkShape.Parse(Network), momentum));
        var shape = NetworkShape.Parse(Network);
        var images = new RandomImages(shape, 5);
        using var reference = new ReferenceEngine(shape);
        Agreement.Relative(Train(reference, images, momentum), Train(Network, 5, momentum, null), 1e-4);
    }

    private static NetworkState Train(string network, int m, UpdateRule rule, StepKind? plan)
    {
        var shape = NetworkShape.Parse(network);
        using var engine = SimdEngine.Create(shape, 2, VectorWidths.Widest, plan);
        return Train(engine, new RandomImages(shape, m), rule);
    }

    private static NetworkState Train(INetworkEngine engine, RandomImages images, UpdateRule rule)
    {
        engine.Load(Initialization.Draw(engine.Shape, Start.He, 3));
        engine.Attach(images.X, images.Labels);
        for (var step = 0; step < 3; step++)
        {
            engine.Step(rule);
        }

        return engine.Save();
    }
}
