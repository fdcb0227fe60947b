using MnistGpu.Data;
using MnistGpu.Data.Synthetic;
using MnistGpu.Model;
using MnistGpu.Program.Web;
using MnistGpu.Reference;

namespace MnistGpu.Tests.Web;

public sealed class HiddenUnitsTests
{
    private static readonly DigitSet Digits = SyntheticDigits.Draw(5, 4, SyntheticPart.Test);

    [Fact]
    public void TheLastOfThemGiveTheEnginesAnswer()
    {
        var state = Initialization.Draw(NetworkShape.Parse("784-9-5-10"), Start.He, 2);
        using var engine = new ReferenceEngine(state.Shape);
        engine.Load(state);
        var units = HiddenUnits.From(state)!;
        var AL = new double[Mnist.Classes];
        for (var j = 0; j < Digits.Count; j++)
        {
            engine.Predict(Digits.Image(j), AL);
            var A = units.Activations(Digits.Image(j));
            Assert.Equal([9, 5], A.Select(layer => layer.Length));
            var WL = units.LastWeights();
            var exp = Enumerable.Range(0, Mnist.Classes)
                .Select(d => Math.Exp(state.b[2][d] + WL[d].Zip(A[1], (w, a) => w * a).Sum())).ToArray();
            for (var d = 0; d < Mnist.Classes; d++)
            {
                // Sums of 784 products of a few units' size in float64, in another order than the engine's.
                Assert.Equal(AL[d], exp[d] / exp.Sum(), 1e-11);
            }
        }
    }

    [Fact]
    public void TheyAreThoseOfTheNetworksActivation()
    {
        var state = new NetworkState(NetworkShape.Parse("784-2-10").With(Activation.ScaledTanh));
        state.b[0][0] = -1.5;
        state.W[0][Mnist.Pixels] = 3;
        var pixels = new byte[Mnist.Pixels];
        pixels[0] = 255;
        var A = HiddenUnits.From(state)!.Activations(pixels)[0];
        Assert.Equal(1.7159 * Math.Tanh(-1), A[0], 1e-12);
        Assert.Equal(1.7159 * Math.Tanh(2), A[1], 1e-12);
        var rectified = new NetworkState(NetworkShape.Parse("784-2-10"));
        rectified.b[0][0] = -1.5;
        rectified.b[0][1] = 2;
        Assert.Equal([0, 2], HiddenUnits.From(rectified)!.Activations(pixels)[0]);
    }

    [Fact]
    public void TheAverageAnswersWhereThereIsOne()
    {
        var state = new NetworkState(NetworkShape.Parse("784-2-10"))
        {
            Average = new NetworkState(NetworkShape.Parse("784-2-10")),
        };
        state.Average.b[0][1] = 0.5;
        Assert.Equal([0, 0.5], HiddenUnits.From(state)!.Activations(new byte[Mnist.Pixels])[0]);
    }

    [Theory]
    [InlineData("784-10", false)]
    [InlineData("784-64-10", true)]
    [InlineData("784-65-10", false)]
    [InlineData("784-60-5-10", false)]
    [InlineData("784-32-32-10", true)]
    public void OnlySmallNetworksShowThem(string shape, bool shown) =>
        Assert.Equal(shown, HiddenUnits.From(new NetworkState(NetworkShape.Parse(shape))) is not null);

    [Fact]
    public void WeightsBecomePicturesWithNoneInTheMiddle()
    {
        var state = new NetworkState(NetworkShape.Parse("784-2-10"));
        Assert.All(HiddenUnits.From(state)!.FirstWeights(), picture =>
            Assert.All(picture, level => Assert.Equal(128, level)));
        (state.W[0][0], state.W[0][1], state.W[0][Mnist.Pixels + 2]) = (-4, 2, 4);
        var pictures = HiddenUnits.From(state)!.FirstWeights();
        Assert.Equal((1, 192, 255, 128), (pictures[0][0], pictures[0][1], pictures[1][2], pictures[1][0]));
    }
}
