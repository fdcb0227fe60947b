using MnistGpu.Gpu;
using MnistGpu.Gpu.Memory;
using MnistGpu.Model;

namespace MnistGpu.Tests.Gpu;

public abstract partial class GpuEngineTests
{
    public static TheoryData<Activation, double, double> Regularizations => new()
    {
        { Activation.ReLU, 0.5, 0 }, { Activation.ReLU, 0.2, 0.1 }, { Activation.ScaledTanh, 0, 0 },
            { Activation.ScaledTanh, 0.5, 0.1 },
    };

    [Theory]
    [MemberData(nameof(Regularizations))]
    public void RegularizedGradientsAndLossesAreThoseOfTheEquationsInDouble(Activation activation, double dropout,
        double smoothing)
    {
        const uint Epoch = 3;
        var shape = NetworkShape.Parse("20-17-9-10").With(activation);
        var images = new RandomImages(shape, 50);
        var regularization = new Regularization
        {
            Dropout = new Dropout(dropout),
            LabelSmoothing = smoothing,
            Seed = 1UL << 40 | 7
        };
        int[] batch = [49, 0, 7, 7, 31, .. Enumerable.Range(3, 30)];
        foreach (var chunk in (ReadOnlySpan<int>)[1000, 16])
        {
            using var engine = new GpuEngine(Device, shape, new WorkPlan(shape, chunk),
                ownsDevice: false)
            { Regularization = regularization };
            engine.Load(Initialization.Draw(shape, Start.Uniform, 3));
            engine.Attach(images.X, images.Labels);
            var (loss, expected) = InDouble(engine.Save(), images, batch, regularization, Epoch);
            var gradients = engine.ComputeGradients(batch, Epoch);
            for (var l = 0; l < shape.Layers; l++)
            {
                // The longest sum has 35 terms, the deepest gradient passes six of them: far below 1e-5.
                Agreement.Relative($"dW{l + 1}", expected.dW[l], gradients.dW[l], 1e-5);
                Agreement.Relative($"db{l + 1}", expected.db[l], gradients.db[l], 1e-5);
            }

            engine.Step(batch, Rule, Epoch);
            Assert.Equal(loss, engine.ReadTotals().MeanLoss, 1e-5 * loss);
        }
    }

    [Fact]
    public void AFullBatchDropsAsTheSameImagesByNumber()
    {
        var shape = NetworkShape.Parse("20-17-10");
        var images = new RandomImages(shape, 50);
        NetworkState Step(Action<GpuEngine> step)
        {
            using var engine = new GpuEngine(Device,
                shape)
            { Regularization = new() { Dropout = new Dropout(0.5), Seed = 5 } };
            engine.Load(Initialization.Draw(shape, Start.Uniform, 3));
            engine.Attach(images.X, images.Labels);
            step(engine);
            return engine.Save();
        }

        var whole = Step(engine => engine.Step(Rule, 2));
        Agreement.SameBits(whole, Step(engine => engine.Step([.. Enumerable.Range(0, 50)], Rule, 2)));
        Assert.NotEqual(whole.W[0], Step(engine => engine.Step(Rule, 3)).W[0]);
    }

    [Theory]
    [InlineData(Activation.ReLU)]
    [InlineData(Activation.ScaledTanh)]
    public void AnswersDropNothing(Activation activation)
    {
        var shape = NetworkShape.Parse("20-17-10").With(activation);
        var images = new RandomImages(shape, 50);
        using var engine = new GpuEngine(Device, shape);
        engine.Load(Initialization.Draw(shape, Start.Uniform, 3));
        double[] plain = new double[500], regularized = new double[500];
        engine.Predict(images.X, plain);
        var before = engine.Evaluate(images.X, images.Labels);
        engine.Regularization = new() { Dropout = new Dropout(0.5), LabelSmoothing = 0.1 };
        engine.Predict(images.X, regularized);
        Assert.Equal(plain, regularized);
        Assert.Equal(before, engine.Evaluate(images.X, images.Labels));
    }

    /// <summary>Mean loss and dθ by the equations as they stand, image by image.</summary>
    private static (double Loss, Gradients Gradients) InDouble(NetworkState state, RandomImages images, int[] batch,
        Regularization regularization, uint epoch)
    {
        var shape = state.Shape;
        var isTanh = shape.Activation == Activation.ScaledTanh;
        var gradients = new Gradients(shape);
        var loss = 0.0;
        double Mask(int image, int l, int i) =>
            regularization.Dropout.Keeps(regularization.Seed, epoch, image, l, i) ? regularization.Dropout.Scale : 0;
        foreach (var image in batch)
        {
            double[][] Z = new double[shape.Layers][], A = new double[shape.Layers + 1][];
            A[0] = [.. images.X.Skip(image * shape.Inputs).Take(shape.Inputs).Select(x => x / 255.0)];
            for (var l = 0; l < shape.Layers; l++)
            {
                Z[l] = [.. Enumerable.Range(0, shape.Out(l))
                    .Select(i => state.b[l][i] + A[l].Select((a, k) => a * state.W[l][i * shape.In(l) + k]).Sum())];
                A[l + 1] = [.. Z[l].Select((z, i) =>
                    Mask(image, l, i) * (isTanh ? 1.7159 * Math.Tanh(z * 2 / 3) : Math.Max(0, z)))];
            }

            var logSum = Math.Log(Z[^1].Sum(Math.Exp));
            double[] Y = [.. Enumerable.Range(0, shape.Outputs).Select(i =>
                (i == images.Labels[image] ? 1 - regularization.LabelSmoothing : 0)
                    + regularization.LabelSmoothing / shape.Outputs)];
            loss += Y.Select((y, i) => y * (logSum - Z[^1][i])).Sum() / batch.Length;
            double[] dZ = [.. Y.Select((y, i) => Math.Exp(Z[^1][i] - logSum) - y)];
            for (var l = shape.Layers - 1; l >= 0; l--)
            {
                for (var i = 0; i < dZ.Length; i++)
                {
                    gradients.db[l][i] += dZ[i] / batch.Length;
                    for (var k = 0; k < A[l].Length; k++)
                    {
                        gradients.dW[l][i * A[l].Length + k] += dZ[i] * A[l][k] / batch.Length;
                    }
                }

                if (l > 0)
                {
                    dZ = [.. Z[l - 1].Select((z, k) =>
                        Mask(image, l - 1, k) * (isTanh ? 1.7159 * 2 / 3 / Math.Pow(Math.Cosh(z * 2 / 3), 2) : z > 0 ? 1
                        : 0)
                        * dZ.Select((d, i) => d * state.W[l][i * shape.In(l) + k]).Sum())];
                }
            }
        }

        return (loss, gradients);
    }
}
