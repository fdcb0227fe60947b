using MnistGpu.Model;
using MnistGpu.Proof;
using MnistGpu.Simd;
using MnistGpu.Simd.Memory;
using MnistGpu.Simd.Vectors;

namespace MnistGpu.Tests.Simd;

/// <summary>Images with blank blocks, blank images and images of odd sizes give what the reference gives.</summary>
public sealed class BlankBlocksTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(25)]
    [InlineData(36)]
    [InlineData(784)]
    [InlineData(1000)]
    [InlineData(1296)]
    public void EveryPixelHasOnePlace(int inputs)
    {
        var places = new PixelBlocks(inputs).Pixels.ToArray();
        Assert.Equal(Enumerable.Range(0, inputs), places.Where(p => p >= 0).Order());
        Assert.Equal(0, places.Length % PixelBlocks.Size);
    }

    [Fact]
    public void MnistIsCutIntoPatches()
    {
        var order = new PixelBlocks(784);
        Assert.Equal(49, order.Count);
        Assert.Equal([0, 1, 2, 3, 28, 29, 30, 31, 56, 57, 58, 59, 84, 85, 86, 87], order.Pixels[..16].ToArray());
    }

    public static TheoryData<string, int, int, int> Cases
    {
        get
        {
            var cases = new TheoryData<string, int, int, int>();
            foreach (var network in (string[])["784-10-10", "784-23-10", "36-4-3", "25-11-3", "30-5-4", "1000-7-3",
                "1296-12-5", "784-128-10", "784-33-10", "65-137-4", "63-300-3", "100-48-3", "30-112-31", "1-70-2",
                "49-64", "20-500-10"])
            {
                foreach (var width in (int[])[1, 4, 8, 16])
                {
                    cases.Add(network, 70, width, 0);
                    cases.Add(network, 70, width, 1);
                }
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void GradientsPredictionsAndTotalsAreWithinTheirBounds(string network, int m, int width, int plan)
    {
        var shape = NetworkShape.Parse(network);
        var (X, labels) = Blots(shape, m);
        using var engine = SimdEngine.Create(shape, 2, (VectorWidth)width, (StepKind)plan);
        engine.Load(Initialization.Draw(shape, Start.Uniform, 5));
        engine.Attach(X, labels);
        var bounds = RoundingBounds.Create(engine.Save(), X, labels);
        var gradients = engine.ComputeGradients([.. Enumerable.Range(0, m)]);
        for (var l = 0; l < shape.Layers; l++)
        {
            Agreement.Within($"dW{l + 1}", bounds.Gradients.dW[l], gradients.dW[l], bounds.Bounds.dW[l]);
            Agreement.Within($"db{l + 1}", bounds.Gradients.db[l], gradients.db[l], bounds.Bounds.db[l]);
        }

        var AL = new double[m * shape.Outputs];
        engine.Predict(X, AL);
        Agreement.Within("AL", bounds.AL, AL, bounds.ALBounds);
    }

    [Theory]
    [InlineData("64-20-17-4")]
    [InlineData("64-70-17-4")]
    public void ABatchOfSeveralRoundsIsWithinItsBounds(string network)
    {
        var shape = NetworkShape.Parse(network);
        const int m = 2100;
        var (X, labels) = Blots(shape, m);
        using var engine = SimdEngine.Create(shape, 2, VectorWidths.Widest, StepKind.ByProducts);
        engine.Load(Initialization.Draw(shape, Start.Uniform, 5));
        engine.Attach(X, labels);
        var before = engine.Save();
        var bounds = RoundingBounds.Create(before, X, labels);
        engine.Step(new UpdateRule(1));
        var after = engine.Save();
        for (var l = 0; l < shape.Layers; l++)
        {
            double[] expected = [.. before.W[l].Zip(bounds.Gradients.dW[l], (w, d) => w - d)];
            double[] bound = [.. expected.Zip(bounds.Bounds.dW[l], (w, e) =>
                e + RoundingBounds.Gamma(3) * (Math.Abs(w) + e))];
            Agreement.Within($"W{l + 1}", expected, after.W[l], bound);
        }
    }

    // A square or so of ink somewhere in each image; every seventh image is blank.
    internal static (byte[] X, byte[] Labels) Blots(NetworkShape shape, int m)
    {
        var random = new Random(3);
        var X = new byte[shape.Inputs * m];
        var labels = new byte[m];
        var side = Math.Max(1, (int)Math.Sqrt(shape.Inputs));
        for (var j = 0; j < m; j++)
        {
            labels[j] = (byte)random.Next(shape.Outputs);
            int x0 = random.Next(side), y0 = random.Next(side), size = j % 7 == 0 ? 0 : 1 + random.Next(side / 2 + 1);
            for (var i = 0; i < shape.Inputs; i++)
            {
                if (i % side >= x0 && i % side < x0 + size && i / side >= y0 && i / side < y0 + size)
                {
                    X[j * shape.Inputs + i] = (byte)random.Next(256);
                }
            }
        }

        return (X, labels);
    }
}
