using ILGPU.Runtime;
using MnistGpu.Gpu.Devices;
using MnistGpu.Gpu.Memory;
using MnistGpu.Model;

namespace MnistGpu.Gpu;

/// <summary>
/// A network's outputs for images that are not the training set, some thousands at a time, by the parameters that
/// answer.
/// </summary>
internal sealed class DeviceEvaluation : IDisposable
{
    private readonly NetworkShape shape;
    private readonly NetworkBuffers net;
    private readonly Passes passes;
    private readonly Identity identity;
    private readonly AcceleratorStream stream;
    private readonly DeviceImages images;
    private readonly DeviceTotals totals;
    private readonly int atOnce;

    /// <exception cref="UserErrorException">The device has no room for the totals.</exception>
    public DeviceEvaluation(
        GpuDevice device, NetworkShape shape, NetworkBuffers net, WorkPlan plan, Passes passes, Identity identity)
    {
        (this.shape, this.net, this.passes, this.identity) = (shape, net, passes, identity);
        stream = device.Accelerator.DefaultStream;
        atOnce = plan.AnswerImages;
        images = new DeviceImages(device);
        totals = new DeviceTotals(device);
    }

    /// <summary>
    /// Takes the memory that an evaluation needs, now rather than after a long training, which would be lost.
    /// </summary>
    /// <exception cref="UserErrorException">The device has no room for it.</exception>
    public void Reserve()
    {
        net.ReserveForward(atOnce);
        if (passes.Rungs.WantsFloats(atOnce))
        {
            net.ReserveA0(atOnce);
        }

        images.Reserve(atOnce * shape.Inputs, atOnce);
        identity.Reserve(atOnce);
    }

    /// <summary>Loss and hits of m images; <see cref="INetworkEngine.Evaluate"/>.</summary>
    public Totals Evaluate(ReadOnlySpan<byte> X, ReadOnlySpan<byte> labels, int m)
    {
        totals.SetToZero();
        for (var first = 0; first < m; first += atOnce)
        {
            var count = Math.Min(atOnce, m - first);
            images.Upload(X.Slice(first * shape.Inputs, count * shape.Inputs), labels.Slice(first, count));
            var every = identity.Reserve(count);
            passes.Forward(net.Answering, images, every);
            passes.AddTotals(images, every, totals.View);
        }

        return totals.Read(m);
    }

    /// <summary>AL [outputs × m] of m images; <see cref="INetworkEngine.Predict"/>.</summary>
    public void Predict(ReadOnlySpan<byte> X, Span<double> AL, int m)
    {
        var host = new float[Math.Min(m, atOnce) * shape.Outputs];
        for (var first = 0; first < m; first += atOnce)
        {
            var count = Math.Min(atOnce, m - first);
            images.Upload(X.Slice(first * shape.Inputs, count * shape.Inputs), []);
            passes.Forward(net.Answering, images, identity.Reserve(count));
            passes.Softmax(count);
            var part = host.AsSpan(0, count * shape.Outputs);
            net.dZ[^1].SubView(0, part.Length).CopyToCPU(stream, part);
            for (var i = 0; i < part.Length; i++)
            {
                AL[first * shape.Outputs + i] = part[i];
            }
        }
    }

    public void Dispose()
    {
        images.Dispose();
        totals.Dispose();
    }
}
