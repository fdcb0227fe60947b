using MnistGpu.Exchange.Layers;
using MnistGpu.Model;

namespace MnistGpu.Tests.Exchange;

/// <summary>Which way weights without a description are chained, by what they are called.</summary>
public sealed class NamedWeightsTests
{
    [Theory]
    [InlineData("W1 7,5; W2 5,3", "7-5-3")]
    [InlineData("W1 5,7; W2 3,5", "7-5-3")]
    [InlineData("W1 7,5; W2 5,5; W3 5,3", "7-5-5-3")]
    [InlineData("hidden/kernel 7,5; answer/kernel 5,3", "7-5-3")]
    [InlineData("answer/kernel:0 5,3; hidden/kernel:0 7,5", "7-5-3")]
    [InlineData("layers/dense/vars/0 7,5; layers/dense_1/vars/0 5,3", "7-5-3")]
    [InlineData("hidden.weight 5,7; answer.weight 3,5", "7-5-3")]
    [InlineData("only.weight 3,7", "7-3")]
    [InlineData("only/kernel 7,3", "7-3")]
    [InlineData("W1 5,7; b1 5; W2 3,5; b2 3", "7-5-3")]
    [InlineData("W1 7,5; b1 5; W2 5,3; b2 3", "7-5-3")]
    [InlineData("W2 7,5; b2 5; W1 5,3; b1 3", "7-5-3")]
    public void WeightsAreChainedTheWayTheirNamesSay(string arrays, string network) =>
        Assert.Equal(network, Read(arrays).Shape.ToString());

    [Theory]
    [InlineData("W1 7,3")]
    [InlineData("W1 5,5; W2 5,5")]
    [InlineData("W1 5,5; b1 5; W2 5,5; b2 5")]
    public void WeightsThatCanBeChainedBothWaysAreRefused(string arrays)
    {
        var e = Assert.Throws<UserErrorException>(() => Read(arrays));
        Assert.Contains("both [out, in] and [in, out]", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AKernelIsNeverTurned()
    {
        var e = Assert.Throws<UserErrorException>(() => Read("a/kernel 5,7; a/bias 5; b/kernel 3,5; b/bias 3"));
        Assert.Contains("layers that make one chain", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ASquareKernelIsReadColumnByColumn()
    {
        var kernel = new NamedArray("dense/kernel", [2, 2], [1, 2, 3, 4]);
        var chain = new LayerChain("file", InputScale.None, takesBytes: false);
        new NamedWeights("file", WeightModule.Group("file", [kernel])).AddTo(chain, ForeignActivation.ReLU, false);
        Assert.Equal([1, 3, 2, 4], chain.End().W[0]);
    }

    /// <summary>A network of arrays such as "W1 7,5; b1 5".</summary>
    private static NetworkState Read(string text)
    {
        var arrays = text.Split("; ").Select(one =>
        {
            var (name, dims) = (one.Split(' ')[0], one.Split(' ')[1].Split(',').Select(int.Parse).ToArray());
            return new NamedArray(name, dims, new double[dims.Aggregate(1, (product, dim) => product * dim)]);
        });
        var chain = new LayerChain("file", InputScale.None, takesBytes: false);
        new NamedWeights("file", WeightModule.Group("file", arrays)).AddTo(chain, ForeignActivation.ReLU, false);
        return chain.End();
    }
}
