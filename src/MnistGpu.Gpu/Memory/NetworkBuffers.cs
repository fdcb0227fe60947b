using ILGPU;
using MnistGpu.Gpu.Devices;
using MnistGpu.Model;

namespace MnistGpu.Gpu.Memory;

/// <summary>
/// The device memory of one network under the equations' names: parameters, gradients and what the update remembers,
/// and room for a chunk of images that only ever grows. Arrays of layers hold layer l at index l − 1.
/// </summary>
internal sealed class NetworkBuffers : IDisposable
{
    private readonly GpuDevice device;
    private readonly NetworkShape shape;
    private readonly WorkPlan plan;
    private readonly ParameterBuffer?[] moments = new ParameterBuffer?[2];
    private readonly GrowingBuffer<float> sliceMemory;
    private readonly GrowingBuffer<float> imageTotalsMemory;
    private readonly GrowingBuffer<float> imageTotalsSliceMemory;
    private readonly GrowingBuffer<float> squareMemory;
    private readonly GrowingBuffer<float> clippingMemory;
    private readonly GrowingBuffer<float> A0Memory;
    private readonly GrowingBuffer<float>[] AMemory;
    private readonly GrowingBuffer<float>[] dZMemory;
    private ParameterBuffer? averageMemory;
    private MomentKind momentKind;
    private long momentSteps;

    public NetworkBuffers(GpuDevice device, NetworkShape shape, WorkPlan plan)
    {
        this.device = device;
        this.shape = shape;
        this.plan = plan;
        Theta = new(device, shape);
        try
        {
            dTheta = new(device, shape);
        }
        catch
        {
            Theta.Dispose();
            throw;
        }

        Theta.SetToZero();
        sliceMemory = new(device);
        imageTotalsMemory = new(device);
        imageTotalsSliceMemory = new(device);
        squareMemory = new(device);
        clippingMemory = new(device);
        A0Memory = new(device);
        AMemory = [.. Enumerable.Range(0, shape.Layers).Select(_ => new GrowingBuffer<float>(device))];
        dZMemory = [.. Enumerable.Range(0, shape.Layers).Select(_ => new GrowingBuffer<float>(device))];
        A = new ArrayView<float>[shape.Layers];
        dZ = new ArrayView<float>[shape.Layers];
    }

    /// <summary>θ.</summary>
    public ParameterBuffer Theta { get; }

    /// <summary>dθ.</summary>
    public ParameterBuffer dTheta { get; }

    /// <summary>θ̄, the moving average of the parameters; null where none is kept.</summary>
    public ParameterBuffer? Average { get; private set; }

    /// <summary>The parameters that answer: the average where one is kept, else θ.</summary>
    public ParameterBuffer Answering => Average ?? Theta;

    /// <summary>Zl [out × m], overwritten by Al in the hidden layers: both derivatives can be told from A.</summary>
    public ArrayView<float>[] A { get; }

    /// <summary>dZl [out × m]; the last holds AL until Y is subtracted.</summary>
    public ArrayView<float>[] dZ { get; }

    /// <summary>Partial sums of dθ, a slice of images after the other, each as long as θ.</summary>
    public ArrayView<float> Slices { get; private set; }

    /// <summary>[2 × m]: each image's loss and hit.</summary>
    public ArrayView<float> ImageTotals { get; private set; }

    /// <summary>Partial sums of the image totals, [2 × slices].</summary>
    public ArrayView<float> ImageTotalsSlices { get; private set; }

    /// <summary>Where dWl begins in each slice.</summary>
    public ArrayView<float> SlicesOfW(int layer) => Slices.SubView(ParameterBuffer.StartOfW(shape, layer));

    /// <summary>Where dbl begins in each slice.</summary>
    public ArrayView<float> SlicesOfb(int layer) =>
        Slices.SubView(ParameterBuffer.StartOfW(shape, layer) + shape.Out(layer) * shape.In(layer));

    /// <summary>How many moments there are.</summary>
    public int MomentCount => momentKind.Count();

    /// <summary>A moment.</summary>
    public ArrayView<float> Moments(int i) => moments[i]!.View;

    /// <summary>
    /// Counts a step of an optimizer with such moments, which begin at zero where they are not there. Returns t, from
    /// 1.
    /// </summary>
    public long CountMomentStep(MomentKind kind)
    {
        if (kind != momentKind)
        {
            BeginMoments(kind);
        }

        return ++momentSteps;
    }

    /// <summary>Begins an average, as a copy of θ.</summary>
    public void BeginAverage()
    {
        Average = averageMemory ??= new(device, shape);
        Average.CopyFrom(Theta);
    }

    /// <summary>Keeps no average.</summary>
    public void DropAverage() => Average = null;

    /// <summary>Room for the partial sums of ‖dθ‖² and for the factor [1] that clips dθ.</summary>
    public (ArrayView<float> Squares, ArrayView<float> Factor) ReserveClipping() =>
        (squareMemory.Reserve(plan.SquareSums), clippingMemory.Reserve(1));

    /// <summary>Room for so many partial sums of ‖dθ‖².</summary>
    public ArrayView<float> ReserveSquares(int count) => squareMemory.Reserve(count);

    /// <summary>Takes over a state's parameters, average and moments.</summary>
    public void Load(NetworkState state)
    {
        Theta.Write(state.W, state.b);
        DropAverage();
        if (state.Average is { } average)
        {
            Average = averageMemory ??= new(device, shape);
            Average.Write(average.W, average.b);
        }

        BeginMoments(state.Moments?.Kind ?? MomentKind.None);
        if (state.Moments is { } given)
        {
            moments[0]!.Write(given.First.dW, given.First.db);
            if (given.Second is { } second)
            {
                moments[1]!.Write(second.dW, second.db);
            }

            momentSteps = given.Steps;
        }
    }

    /// <summary>Fills a state with the parameters, average and moments; waits for the device.</summary>
    public void Save(NetworkState state)
    {
        Theta.Read(state.W, state.b);
        if (Average is not null)
        {
            state.Average = new NetworkState(shape);
            Average.Read(state.Average.W, state.Average.b);
        }

        if (momentKind != MomentKind.None)
        {
            state.Moments = new Moments(shape, momentKind) { Steps = momentSteps };
            moments[0]!.Read(state.Moments.First.dW, state.Moments.First.db);
            if (state.Moments.Second is { } second)
            {
                moments[1]!.Read(second.dW, second.db);
            }
        }
    }

    /// <summary>Makes room for the forward pass of <paramref name="m"/> images.</summary>
    public void ReserveForward(int m)
    {
        ImageTotals = imageTotalsMemory.Reserve(2 * m);
        ImageTotalsSlices = imageTotalsSliceMemory.Reserve(2 * WorkPlan.ImageTotalsSliceCount(m));
        for (var l = 0; l < shape.Layers; l++)
        {
            A[l] = AMemory[l].Reserve(shape.Out(l) * m);
        }

        // The last dZ is also where AL is made.
        dZ[^1] = dZMemory[^1].Reserve(shape.Outputs * m);
    }

    /// <summary>Room for A0 of m images as floats [inputs × m].</summary>
    public ArrayView<float> ReserveA0(int m) => A0Memory.Reserve(shape.Inputs * m);

    /// <summary>Makes room for slices of dθ and of the image totals, and for nothing else.</summary>
    public void ReserveSlices(int count, int stride)
    {
        Slices = sliceMemory.Reserve(count * stride);
        ImageTotalsSlices = imageTotalsSliceMemory.Reserve(2 * count);
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

    public void Dispose()
    {
        foreach (var memory in (ReadOnlySpan<IDisposable?>)[
            Theta, dTheta, averageMemory, .. moments, sliceMemory, imageTotalsMemory, imageTotalsSliceMemory,
            squareMemory, clippingMemory, A0Memory, .. AMemory, .. dZMemory])
        {
            memory?.Dispose();
        }
    }

    private void BeginMoments(MomentKind kind)
    {
        momentKind = kind;
        momentSteps = 0;
        for (var i = 0; i < kind.Count(); i++)
        {
            moments[i] ??= new(device, shape);
            moments[i]!.SetToZero();
        }
    }
}
