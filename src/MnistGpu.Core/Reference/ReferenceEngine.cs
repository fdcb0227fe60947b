using MnistGpu.Model;

namespace MnistGpu.Reference;

/// <summary>
/// The oracle: the page of equations in float64, read from top to bottom. One thread, plain loops; a slow and certain
/// engine. Images pass in chunks so that a large set needs little memory; the sums run over the images in their order.
/// </summary>
internal sealed partial class ReferenceEngine : INetworkEngine, IStepParts
{
    private const int ChunkSize = 256;

    // The layer at index l is layer l + 1 of the equations: A[l], Z[l] and dZ[l] are its own, [out × chunk].
    private readonly double[] A0; // [inputs × chunk]
    private readonly double[][] A;
    private readonly double[][] Z;
    private readonly double[][] dZ;
    private readonly byte[] chunkX;
    private readonly byte[] chunkLabels = new byte[ChunkSize];
    private readonly int[] chunkImages = new int[ChunkSize];
    private NetworkState state;
    private Gradients gradients;
    private Totals totals;
    private int[] order = [];
    private ReadOnlyMemory<byte> attachedX;
    private ReadOnlyMemory<byte> attachedLabels;
    private ReferenceDeformer? deformer;

    /// <summary>Makes an engine for a network; its parameters are zero until <see cref="Load"/>.</summary>
    public ReferenceEngine(NetworkShape shape)
    {
        Shape = shape;
        state = new NetworkState(shape);
        gradients = new Gradients(shape);
        A0 = new double[ChunkSize * shape.Inputs];
        A = new double[shape.Layers][];
        Z = new double[shape.Layers][];
        dZ = new double[shape.Layers][];
        chunkX = new byte[ChunkSize * shape.Inputs];
        for (var layer = 0; layer < shape.Layers; layer++)
        {
            A[layer] = new double[ChunkSize * shape.Out(layer)];
            Z[layer] = new double[ChunkSize * shape.Out(layer)];
            dZ[layer] = new double[ChunkSize * shape.Out(layer)];
        }
    }

    /// <inheritdoc/>
    public string Name => "reference";

    /// <inheritdoc/>
    public string Description => "float64, one thread, the equations line by line";

    /// <inheritdoc/>
    public bool IsDouble => true;

    /// <inheritdoc/>
    public NetworkShape Shape { get; }

    /// <inheritdoc/>
    public Regularization Regularization
    {
        get;
        set
        {
            field = EngineGuard.Regularization(Shape, value);
            deformer = value.Deformation is { } ranges
                && ranges.SizeOf(Shape.Inputs) is var (width, height)
                ? new ReferenceDeformer(ranges, value.Seed, width, height)
                : null;
        }
    }
    = Regularization.None;

    /// <inheritdoc/>
    public void Load(NetworkState state)
    {
        EngineGuard.State(Shape, state);
        this.state = state.Clone();
    }

    /// <inheritdoc/>
    public NetworkState Save() => state.Clone();

    /// <inheritdoc/>
    public void Attach(ReadOnlyMemory<byte> X, ReadOnlyMemory<byte> labels)
    {
        EngineGuard.Images(Shape, X.Span, labels.Span);
        (attachedX, attachedLabels, order) = (X, labels, []);
    }

    /// <inheritdoc/>
    public void Step(UpdateRule rule, uint epoch = 0)
    {
        EngineGuard.Attached(attachedLabels.Length);
        Clear(gradients);
        for (var first = 0; first < attachedLabels.Length; first += ChunkSize)
        {
            var m = Math.Min(ChunkSize, attachedLabels.Length - first);
            TakeImages(Enumerable.Range(first, m).ToArray(), epoch);
            totals += ForwardBackward(chunkX.AsSpan(0, m * Shape.Inputs), chunkLabels.AsSpan(0, m), epoch);
        }

        Finish(attachedLabels.Length, rule);
    }

    /// <inheritdoc/>
    public void SetOrder(ReadOnlySpan<int> order)
    {
        EngineGuard.Batch(order, attachedLabels.Length);
        this.order = order.ToArray();
    }

    /// <inheritdoc/>
    public void Step(int first, int count, UpdateRule rule, uint epoch = 0)
    {
        EngineGuard.Part(first, count, order.Length);
        totals += Accumulate(order.AsSpan(first, count), epoch);
        Finish(count, rule);
    }

    /// <inheritdoc/>
    public Totals ReadTotals()
    {
        var result = totals;
        totals = default;
        return result;
    }

    /// <inheritdoc/>
    public Gradients ComputeGradients(ReadOnlySpan<int> images, uint epoch = 0)
    {
        Accumulate(images, epoch);
        Mean(images.Length);
        var result = gradients;
        gradients = new Gradients(Shape);
        return result;
    }

    /// <inheritdoc/>
    public Totals Evaluate(ReadOnlySpan<byte> X, ReadOnlySpan<byte> labels)
    {
        var count = EngineGuard.Images(Shape, X, labels);
        var sum = default(Totals);
        for (var first = 0; first < count; first += ChunkSize)
        {
            var m = Math.Min(ChunkSize, count - first);
            Forward(state.EvaluationParameters, X.Slice(first * Shape.Inputs, m * Shape.Inputs), m, [], 0);
            sum += Count(labels.Slice(first, m), epsilon: 0);
        }

        return sum;
    }

    /// <inheritdoc/>
    public void Predict(ReadOnlySpan<byte> X, Span<double> AL)
    {
        var count = EngineGuard.Images(Shape, X);
        EngineGuard.Answers(Shape, count, AL);
        for (var first = 0; first < count; first += ChunkSize)
        {
            var m = Math.Min(ChunkSize, count - first);
            Forward(state.EvaluationParameters, X.Slice(first * Shape.Inputs, m * Shape.Inputs), m, [], 0);
            A[^1].AsSpan(0, m * Shape.Outputs).CopyTo(AL[(first * Shape.Outputs)..]);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Only managed arrays.
    }

    // Dropout where the images' indices are given.
    private void Forward(NetworkState state, ReadOnlySpan<byte> X, int m, ReadOnlySpan<int> images, uint epoch)
    {
        Equations.Scale(X, A0);
        for (var l = 0; l < Shape.Layers; l++)
        {
            Equations.Affine(state.W[l], state.b[l], InputOf(l), Z[l], Shape.Out(l), Shape.In(l), m);
            var length = m * Shape.Out(l);
            if (l < Shape.Layers - 1)
            {
                Equations.Activate(Shape.Activation, Z[l].AsSpan(0, length), A[l]);
                Drop(A[l], images, l, epoch);
            }
            else
            {
                Equations.Softmax(Z[l], A[l], Shape.Outputs, m);
            }
        }
    }

    private double[] InputOf(int layer) => layer == 0 ? A0 : A[layer - 1];

    private void Drop(Span<double> A, ReadOnlySpan<int> images, int layer, uint epoch)
    {
        if (Regularization.Dropout.Threshold > 0)
        {
            Equations.Dropout(A, images, Shape.Out(layer), layer, Regularization, epoch);
        }
    }

    private void Backward(ReadOnlySpan<byte> labels, ReadOnlySpan<int> images, uint epoch)
    {
        var m = labels.Length;
        for (var l = Shape.Layers - 1; l >= 0; l--)
        {
            if (l == Shape.Layers - 1)
            {
                Equations.OutputError(
                    A[l].AsSpan(0, m * Shape.Outputs), labels, dZ[l], Shape.Outputs, Regularization.LabelSmoothing);
            }
            else
            {
                Equations.Backward(state.W[l + 1], dZ[l + 1], dZ[l], Shape.Out(l + 1), Shape.In(l + 1), m);
                Drop(dZ[l], images, l, epoch);
                Equations.Differentiate(Shape.Activation, Z[l].AsSpan(0, m * Shape.Out(l)), dZ[l]);
            }

            Equations.AddWeightGradient(dZ[l], InputOf(l), gradients.dW[l], Shape.Out(l), Shape.In(l), m);
            Equations.AddBiasGradient(dZ[l], gradients.db[l], Shape.Out(l), m);
        }
    }

    private Totals ForwardBackward(ReadOnlySpan<byte> X, ReadOnlySpan<byte> labels, uint epoch)
    {
        var images = chunkImages.AsSpan(0, labels.Length);
        Forward(state, X, labels.Length, images, epoch);
        Backward(labels, images, epoch);
        return Count(labels, Regularization.LabelSmoothing);
    }

    private Totals Count(ReadOnlySpan<byte> labels, double epsilon) =>
        new(labels.Length, Equations.Loss(Z[^1], labels, Shape.Outputs, epsilon),
            Equations.Hits(Z[^1], labels, Shape.Outputs));

    // Copies images to the chunk, and deforms them if asked to.
    private void TakeImages(ReadOnlySpan<int> images, uint epoch)
    {
        images.CopyTo(chunkImages);
        for (var j = 0; j < images.Length; j++)
        {
            var X = attachedX.Span.Slice(images[j] * Shape.Inputs, Shape.Inputs);
            var copy = chunkX.AsSpan(j * Shape.Inputs, Shape.Inputs);
            chunkImages[j] = images[j];
            chunkLabels[j] = attachedLabels.Span[images[j]];
            X.CopyTo(copy);
            deformer?.Deform(X, images[j], chunkLabels[j], epoch, copy);
        }
    }

    private Totals Accumulate(ReadOnlySpan<int> images, uint epoch)
    {
        EngineGuard.Batch(images, attachedLabels.Length);
        Clear(gradients);
        var sum = default(Totals);
        for (var first = 0; first < images.Length; first += ChunkSize)
        {
            var m = Math.Min(ChunkSize, images.Length - first);
            TakeImages(images.Slice(first, m), epoch);
            sum += ForwardBackward(chunkX.AsSpan(0, m * Shape.Inputs), chunkLabels.AsSpan(0, m), epoch);
        }

        return sum;
    }

    private static void Clear(Gradients gradients)
    {
        for (var l = 0; l < gradients.Shape.Layers; l++)
        {
            Array.Clear(gradients.dW[l]);
            Array.Clear(gradients.db[l]);
        }
    }
}
