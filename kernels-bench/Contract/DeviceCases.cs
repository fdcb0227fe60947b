using MnistGpu.Gpu;
using MnistGpu.Gpu.Devices;
using MnistGpu.Gpu.Memory;
using MnistGpu.Model;
using MnistGpu.Proof;

namespace MnistGpu.Bench.Contract;

/// <summary>
/// What an engine made of kernels owes besides: any cut of the images is right, and no step overtakes another.
/// </summary>
internal static class DeviceCases
{
    private static readonly UpdateRule Rule = new(0.1);

    /// <summary>So many images at once, and the rest after them, come to what all at once come to.</summary>
    public static void ChunksAddUpToTheWhole(GpuDevice device, int chunk, bool fuse)
    {
        // Two hidden layers, so that it takes chunks: a small network has none.
        var shape = NetworkShape.Parse("20-7-9-10");
        var images = new RandomImages(shape, 50);
        using var engine = new GpuEngine(device, shape, new WorkPlan(shape, chunk), ownsDevice: false, fuse: fuse);
        engine.Load(Initialization.Draw(shape, Start.Uniform, 3));
        engine.Attach(images.X, images.Labels);
        var bounds = RoundingBounds.Create(engine.Save(), images.X, images.Labels);

        var gradients = engine.ComputeGradients([.. Enumerable.Range(0, 50)]);
        for (var l = 0; l < shape.Layers; l++)
        {
            Agreement.Within($"dW{l + 1}", bounds.Gradients.dW[l], gradients.dW[l], bounds.Bounds.dW[l]);
            Agreement.Within($"db{l + 1}", bounds.Gradients.db[l], gradients.db[l], bounds.Bounds.db[l]);
        }

        var AL = new double[500];
        engine.Predict(images.X, AL);
        Agreement.Within("AL", bounds.AL, AL, bounds.ALBounds);
        var evaluated = engine.Evaluate(images.X, images.Labels);
        engine.Step(Rule);
        var trained = engine.ReadTotals();
        Expect.Equal((50, bounds.Hits), (trained.Images, trained.Hits));
        Expect.Equal(bounds.MeanLoss, trained.MeanLoss, bounds.MeanLossBound);
        Expect.Equal((50, bounds.Hits), (evaluated.Images, evaluated.Hits));
        Expect.Equal(bounds.MeanLoss, evaluated.MeanLoss, bounds.MeanLossBound);
    }

    /// <summary>Steps that the device has not begun when the next are sent train as if each were waited for.</summary>
    public static void StepsSentAheadTrainAsStepsWaitedFor(GpuDevice device)
    {
        var shape = NetworkShape.Parse("20-7-10");
        var images = new RandomImages(shape, 200);

        NetworkState Train(bool wait)
        {
            using var engine = new GpuEngine(device, shape);
            engine.Load(Initialization.Draw(shape, Start.Uniform, 3));
            engine.Attach(images.X, images.Labels);
            var random = new Random(5);
            for (var step = 0; step < 300; step++)
            {
                var batch = new int[1 + random.Next(step < 150 ? 16 : 40)];
                foreach (ref var image in batch.AsSpan())
                {
                    image = random.Next(200);
                }

                engine.Step(batch, Rule);
                if (wait)
                {
                    engine.ReadTotals();
                }
            }

            return engine.Save();
        }

        Agreement.SameBits(Train(wait: true), Train(wait: false));
    }
}
