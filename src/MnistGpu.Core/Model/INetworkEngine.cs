namespace MnistGpu.Model;

/// <summary>
/// The one interface between the trainer and the arithmetic. Images are bytes, one image after the other (column-major
/// [inputs × m]); an engine keeps them as bytes and applies 1/255 itself. An engine is used by one thread at a time.
/// </summary>
/// <remarks>
/// The same calls on the same device give the same bits, whatever the number of threads.
/// An engine given sizes that do not fit throws <see cref="ArgumentException"/>: these are the caller's mistakes,
/// checked on the host before any arithmetic.
/// </remarks>
public interface INetworkEngine : IDisposable
{
    /// <summary>What the user calls it: reference, simd, cpu, opencl:0, cuda:0.</summary>
    string Name { get; }

    /// <summary>The hardware and how it is used, for people: "AMD EPYC, 2 threads, 512-bit vectors".</summary>
    string Description { get; }

    /// <summary>Whether the arithmetic and the parameters are float64 (the reference) rather than float32.</summary>
    bool IsDouble { get; }

    /// <summary>The network's widths, fixed for the engine's life.</summary>
    NetworkShape Shape { get; }

    /// <summary>
    /// ε of label smoothing, 0 to below 1: steps and gradients aim at (1 − ε)·Y + ε/K instead of the one-hot Y, K the number of
    /// outputs (Szegedy et al. 2016, arXiv 1512.00567, section 7), and the totals of steps count that loss. <see cref="Evaluate"/>
    /// always counts the plain one.
    /// </summary>
    double LabelSmoothing { get; set; }

    /// <summary>Takes over the parameters, the optimizer's moments and the step count. The state is copied.</summary>
    void Load(NetworkState state);

    /// <summary>A copy of the parameters, the optimizer's moments and the step count; waits for steps under way.</summary>
    NetworkState Save();

    /// <summary>
    /// Makes the training set resident, as bytes. Replaces one attached before. At least one image.
    /// The caller must leave the memory as it is while it is attached: an engine on the host may read it in place.
    /// </summary>
    /// <param name="X">[inputs × m] pixels, an image's together.</param>
    /// <param name="labels">[m] classes, each below the network's outputs.</param>
    void Attach(ReadOnlyMemory<byte> X, ReadOnlyMemory<byte> labels);

    /// <summary>
    /// One training step over the whole attached set: forward, backward, update. Its loss and hits, those of the
    /// parameters before the update, are added to the totals. Does not wait for the device. Moments that the rule's optimizer
    /// needs and that are not there, or are another optimizer's in number, begin at zero.
    /// </summary>
    void Step(UpdateRule rule);

    /// <summary>One training step over the attached images with these indices (repeats count twice). At least one index.</summary>
    void Step(ReadOnlySpan<int> images, UpdateRule rule);

    /// <summary>
    /// The totals of the steps since the last call, which are then set to zero. Waits for the device. A loss that is
    /// not finite in any of these steps makes <see cref="Totals.Loss"/> not finite.
    /// </summary>
    Totals ReadTotals();

    /// <summary>The gradients over the attached images with these indices, without an update and without touching the totals.</summary>
    Gradients ComputeGradients(ReadOnlySpan<int> images);

    /// <summary>
    /// Loss and hits of the present parameters over other images than the attached ones, without touching the totals.
    /// </summary>
    Totals Evaluate(ReadOnlySpan<byte> X, ReadOnlySpan<byte> labels);

    /// <summary>The network's answer: AL = softmax(ZL) for each image.</summary>
    /// <param name="X">[inputs × m] pixels.</param>
    /// <param name="AL">Receives [outputs × m] probabilities, an image's together.</param>
    void Predict(ReadOnlySpan<byte> X, Span<double> AL);
}
