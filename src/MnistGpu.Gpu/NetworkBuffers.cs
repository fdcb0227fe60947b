using ILGPU;
using ILGPU.Runtime;
using MnistGpu.Gpu.Devices;
using MnistGpu.Model;

namespace MnistGpu.Gpu;

/// <summary>
/// The device memory of one network under the equations' names: parameters and gradients, and room for a chunk of images
/// that only ever grows. Arrays of layers hold layer l at index l − 1.
/// </summary>
internal sealed class NetworkBuffers : IDisposable
{
    private readonly GpuDevice device;
    private readonly NetworkShape shape;
    private readonly WorkPlan plan;
    private readonly MemoryBuffer1D<float, Stride1D.Dense> thetaMemory;
    private readonly MemoryBuffer1D<float, Stride1D.Dense> dThetaMemory;
    private readonly MemoryBuffer1D<float, Stride1D.Dense>?[] momentMemory = new MemoryBuffer1D<float, Stride1D.Dense>?[2];
    private readonly GrowingBuffer<float> sliceMemory;
    private readonly GrowingBuffer<float> tallyMemory;
    private readonly GrowingBuffer<float> tallySliceMemory;
    private readonly GrowingBuffer<float>[] AMemory;
    private readonly GrowingBuffer<float>[] dZMemory;
    private readonly int[] startOfW;
    private readonly int[] startOfb;
    private int momentCount;
    private long momentSteps;

    public NetworkBuffers(GpuDevice device, NetworkShape shape, WorkPlan plan)
    {
        this.device = device;
        this.shape = shape;
        this.plan = plan;
        thetaMemory = device.Allocate<float>(plan.ParameterCount);
        dThetaMemory = device.Allocate<float>(plan.ParameterCount);
        thetaMemory.MemSetToZero();
        sliceMemory = new(device);
        tallyMemory = new(device);
        tallySliceMemory = new(device);
        AMemory = [.. Enumerable.Range(0, shape.Layers).Select(_ => new GrowingBuffer<float>(device))];
        dZMemory = [.. Enumerable.Range(0, shape.Layers).Select(_ => new GrowingBuffer<float>(device))];
        startOfW = new int[shape.Layers];
        startOfb = new int[shape.Layers];
        W = new ArrayView<float>[shape.Layers];
        b = new ArrayView<float>[shape.Layers];
        A = new ArrayView<float>[shape.Layers];
        dZ = new ArrayView<float>[shape.Layers];
        var offset = 0;
        for (var l = 0; l < shape.Layers; l++)
        {
            int rows = shape.Out(l), columns = shape.In(l);
            (startOfW[l], startOfb[l]) = (offset, offset + rows * columns);
            W[l] = Theta.SubView(startOfW[l], rows * columns);
            b[l] = Theta.SubView(startOfb[l], rows);
            offset += rows * (columns + 1);
        }
    }

    /// <summary>θ: W1, b1, W2, b2, … one after the other.</summary>
    public ArrayView<float> Theta => thetaMemory.View;

    /// <summary>dθ: dW1, db1, dW2, db2, … one after the other.</summary>
    public ArrayView<float> dTheta => dThetaMemory.View;

    /// <summary>A moment, in the layout of θ.</summary>
    public ArrayView<float> Moments(int i) => momentMemory[i]!.View;

    /// <summary>Counts a step of an optimizer that keeps so many moments, which begin at zero where they are not there. Returns t, from 1.</summary>
    public long CountMomentStep(int count)
    {
        if (count != momentCount)
        {
            BeginMoments(count);
        }

        return ++momentSteps;
    }

    /// <summary>Takes over a state's parameters and moments.</summary>
    public void Load(NetworkState state)
    {
        Write(Theta, state.W, state.b);
        BeginMoments(state.Moments?.Count ?? 0);
        if (state.Moments is { } given)
        {
            Write(Moments(0), given.First.dW, given.First.db);
            if (given.Second is { } second)
            {
                Write(Moments(1), second.dW, second.db);
            }

            momentSteps = given.Steps;
        }
    }

    /// <summary>Fills a state with the parameters and moments; waits for the device.</summary>
    public void Save(NetworkState state)
    {
        Read(Theta, state.W, state.b);
        if (momentCount > 0)
        {
            state.Moments = new Moments(shape, momentCount) { Steps = momentSteps };
            Read(Moments(0), state.Moments.First.dW, state.Moments.First.db);
            if (state.Moments.Second is { } second)
            {
                Read(Moments(1), second.dW, second.db);
            }
        }
    }

    private void BeginMoments(int count)
    {
        momentCount = count;
        momentSteps = 0;
        for (var i = 0; i < count; i++)
        {
            momentMemory[i] ??= device.Allocate<float>(plan.ParameterCount);
            momentMemory[i]!.MemSetToZero(device.Accelerator.DefaultStream);
        }
    }

    /// <summary>Wl [out × in], in θ.</summary>
    public ArrayView<float>[] W { get; }

    /// <summary>bl [out × 1], in θ.</summary>
    public ArrayView<float>[] b { get; }

    /// <summary>Zl [out × m], overwritten by Al in the hidden layers: the backward pass needs no more of Z than the sign, which A has.</summary>
    public ArrayView<float>[] A { get; }

    /// <summary>dZl [out × m]; the last holds AL until Y is subtracted.</summary>
    public ArrayView<float>[] dZ { get; }

    /// <summary>Partial sums of dθ, a slice of images after the other, each as long as θ.</summary>
    public ArrayView<float> Slices { get; private set; }

    /// <summary>[2 × m]: each image's loss and hit.</summary>
    public ArrayView<float> Tally { get; private set; }

    /// <summary>Partial sums of the tally, [2 × slices].</summary>
    public ArrayView<float> TallySlices { get; private set; }

    /// <summary>Where dWl begins in each slice.</summary>
    public ArrayView<float> SlicesOfW(int layer) => Slices.SubView(startOfW[layer]);

    /// <summary>Where dbl begins in each slice.</summary>
    public ArrayView<float> SlicesOfb(int layer) => Slices.SubView(startOfb[layer]);

    /// <summary>Makes room for the forward pass of <paramref name="m"/> images.</summary>
    public void ReserveForward(int m)
    {
        Tally = tallyMemory.Reserve(2 * m);
        TallySlices = tallySliceMemory.Reserve(2 * WorkPlan.TallyCount(m));
        for (var l = 0; l < shape.Layers; l++)
        {
            A[l] = AMemory[l].Reserve(shape.Out(l) * m);
        }

        // The last dZ is also where AL is made.
        dZ[^1] = dZMemory[^1].Reserve(shape.Outputs * m);
    }

    /// <summary>Makes room for the forward and backward pass of <paramref name="m"/> images.</summary>
    public void ReserveBackward(int m)
    {
        ReserveForward(m);
        Slices = sliceMemory.Reserve(plan.SliceCount(m) * plan.ParameterCount);
        for (var l = 0; l < shape.Layers - 1; l++)
        {
            dZ[l] = dZMemory[l].Reserve(shape.Out(l) * m);
        }
    }

    /// <summary>Copies parameters or gradients to the host; waits for the device.</summary>
    public void Read(ArrayView<float> from, double[][] toW, double[][] tob)
    {
        var host = new float[plan.ParameterCount];
        from.CopyToCPU(device.Accelerator.DefaultStream, host);
        var next = 0;
        for (var l = 0; l < shape.Layers; l++)
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

    /// <summary>Copies parameters or moments to the device, rounded to float32.</summary>
    private void Write(ArrayView<float> to, double[][] fromW, double[][] fromb)
    {
        var host = new float[plan.ParameterCount];
        var next = 0;
        for (var l = 0; l < shape.Layers; l++)
        {
            foreach (var tensor in (ReadOnlySpan<double[]>)[fromW[l], fromb[l]])
            {
                foreach (var value in tensor)
                {
                    host[next++] = (float)value;
                }
            }
        }

        to.CopyFromCPU(device.Accelerator.DefaultStream, host);
    }

    public void Dispose()
    {
        thetaMemory.Dispose();
        dThetaMemory.Dispose();
        momentMemory[0]?.Dispose();
        momentMemory[1]?.Dispose();
        sliceMemory.Dispose();
        tallyMemory.Dispose();
        tallySliceMemory.Dispose();
        foreach (var memory in (ReadOnlySpan<GrowingBuffer<float>>)[.. AMemory, .. dZMemory])
        {
            memory.Dispose();
        }
    }
}
