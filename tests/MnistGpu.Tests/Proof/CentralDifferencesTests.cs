using MnistGpu.Model;
using MnistGpu.Proof;
using MnistGpu.Reference;

namespace MnistGpu.Tests.Proof;

public sealed class CentralDifferencesTests
{
    [Theory]
    [InlineData("3-7-5", 5)]
    [InlineData("20-6-10", 50)]
    [InlineData("784-10-10", 64)]
    [InlineData("784-32-16-10", 64)]
    public void TheReferencesGradientsAreTheSlopesOfTheLoss(string network, int m)
    {
        var (state, gradients, images) = Take(network, m);
        var result = CentralDifferences.Check(state, gradients, images.X, images.Labels);
        Assert.InRange(result.LargestError, 0, CentralDifferences.Tolerance);
        Assert.True(result.Checked > 4 * result.AtKink, $"{result.Checked} checked, {result.AtKink} at the kink");
    }

    [Theory]
    [InlineData("3-7-5", 5, 0, 0)]
    [InlineData("784-32-16-10", 64, 0, 0)]
    [InlineData("20-6-10", 50, 0.3, 0.1)]
    [InlineData("784-32-16-10", 64, 0.5, 0)]
    public void SoTheyAreWithTheScaledTanhAndFixedMasks(string network, int m, double dropout, double smoothing)
    {
        foreach (var activation in Enum.GetValues<Activation>())
        {
            var regularization = new Regularization { Dropout = new(dropout), LabelSmoothing = smoothing, Seed = 17 };
            var (state, gradients, images) = Take(network, m, activation, regularization, epoch: 3);
            var result = CentralDifferences.Check(state, gradients, images.X, images.Labels,
                regularization: regularization, epoch: 3);
            Assert.InRange(result.LargestError, 0, CentralDifferences.Tolerance);
            Assert.True(result.Checked > 4 * result.AtKink, $"{result.Checked} checked, {result.AtKink} at the kink");
            Assert.True(activation.HasKink() || result.AtKink == 0);
            if (dropout > 0)
            {
                // The masks of another epoch are not these.
                Assert.False(CentralDifferences.Check(state, gradients, images.X, images.Labels,
                    regularization: regularization, epoch: 4).LargestError
                    <= CentralDifferences.Tolerance);
            }
        }
    }

    [Theory]
    [InlineData(1.00001)]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(double.NaN)]
    public void APlantedWrongGradientIsCaught(double factor)
    {
        var (state, gradients, images) = Take("20-6-10", 50);
        gradients.dW[1][0] *= factor;
        Assert.False(CentralDifferences.Check(state, gradients, images.X,
            images.Labels).LargestError <= CentralDifferences.Tolerance);
    }

    private static (NetworkState, Gradients, RandomImages) Take(string network, int m,
        Activation activation = Activation.ReLU,
        Regularization? regularization = null, uint epoch = 0)
    {
        var shape = NetworkShape.Parse(network).With(activation);
        var images = new RandomImages(shape, m);
        var state = Initialization.Draw(shape, Start.He, seed: 5);
        using var engine = new ReferenceEngine(shape) { Regularization = regularization ?? Regularization.None };
        engine.Load(state);
        engine.Attach(images.X, images.Labels);
        return (state, engine.ComputeGradients([.. Enumerable.Range(0, m)], epoch), images);
    }
}
