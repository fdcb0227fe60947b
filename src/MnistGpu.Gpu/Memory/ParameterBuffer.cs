using ILGPU;
using ILGPU.Runtime;
using MnistGpu.Gpu.Devices;
using MnistGpu.Model;

namespace MnistGpu.Gpu.Memory;

/// <summary>
/// Device memory in the layout of θ: W1, b1, W2, b2, … one after the other. The parameters are such, and whatever has
/// an element per parameter. Arrays of layers hold layer l at index l − 1.
/// </summary>
internal sealed class ParameterBuffer : IDisposable
{
    private readonly MemoryBuffer1D<float, Stride1D.Dense> memory;
    private readonly AcceleratorStream stream;

    /// <summary>Allocates memory for one network, not set to anything.</summary>
    /// <exception cref="UserErrorException">The device has no room for it.</exception>
    public ParameterBuffer(GpuDevice device, NetworkShape shape)
    {
        stream = device.Accelerator.DefaultStream;
        memory = device.Allocate<float>(shape.ParameterCount);
        W = new ArrayView<float>[shape.Layers];
        b = new ArrayView<float>[shape.Layers];
        for (var l = 0; l < shape.Layers; l++)
        {
            var startOfW = StartOfW(shape, l);
            W[l] = View.SubView(startOfW, shape.Out(l) * shape.In(l));
            b[l] = View.SubView(startOfW + shape.Out(l) * shape.In(l), shape.Out(l));
        }
    }

    /// <summary>All elements.</summary>
    public ArrayView<float> View => memory.View;

    /// <summary>Wl [out × in].</summary>
    public ArrayView<float>[] W { get; }

    /// <summary>bl [out × 1].</summary>
    public ArrayView<float>[] b { get; }

    /// <summary>Where Wl begins; bl follows it.</summary>
    public static int StartOfW(NetworkShape shape, int layer)
    {
        var start = 0;
        for (var l = 0; l < layer; l++)
        {
            start += shape.Out(l) * (shape.In(l) + 1);
        }

        return start;
    }

    /// <summary>Sets all elements to zero, after the work under way.</summary>
    public void SetToZero() => memory.MemSetToZero(stream);

    /// <summary>Takes over the elements of another, after the work under way.</summary>
    public void CopyFrom(ParameterBuffer other) => View.CopyFrom(stream, other.View);

    /// <summary>Copies all elements to the host; waits for the device.</summary>
    public void Read(double[][] toW, double[][] tob)
    {
        var host = new float[memory.Length];
        View.CopyToCPU(stream, host);
        var next = 0;
        for (var l = 0; l < toW.Length; l++)
        {
            foreach (var tensor in (ReadOnlySpan<double[]>)[toW[l], tob[l]])
            {
                for (var i = 0; i < tensor.Length; i++)
                {
                    tensor[i] = host[next++];
                }
            }
        }
    }

    /// <summary>Copies all elements from the host, rounded to float32.</summary>
    public void Write(double[][] fromW, double[][] fromb)
    {
        var host = new float[memory.Length];
        var next = 0;
        for (var l = 0; l < fromW.Length; l++)
        {
            foreach (var tensor in (ReadOnlySpan<double[]>)[fromW[l], fromb[l]])
            {
                foreach (var value in tensor)
                {
                    host[next++] = (float)value;
                }
            }
        }

        View.CopyFromCPU(stream, host);
    }

    public void Dispose() => memory.Dispose();
}
