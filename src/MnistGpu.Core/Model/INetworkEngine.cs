namespace MnistGpu.Model;

/// <summary>
/// The one interface between the trainer and the arithmetic. Images are bytes, one image after the other (column-major
/// [inputs × m]); an engine keeps them as bytes and applies 1/255 itself. An engine is used by one thread at a time.
/// </summary>
/// <remarks>
/// The same calls on the same device give the same bits, for any number of threads.
/// An engine given sizes that do not fit throws <see cref="ArgumentException"/>: these are the caller's mistakes,
/// checked on the host before any arithmetic.
/// </remarks>
internal interface INetworkEngine : IDisposable
{
    /// <summary>What the user calls it: reference, simd, cpu, opencl:0, cuda:0.</summary>
    string Name { get; }

    /// <summary>The hardware and how it is used, for people: "AMD EPYC, 2 threads, 512-bit vectors".</summary>
    string Description { get; }

    /// <summary>Whether the arithmetic and the parameters are float64 (the reference) rather than float32.</summary>
    bool IsDouble { get; }

    /// <summary>The network's widths, fixed for the engine's life.</summary>
    NetworkShape Shape { get; }

    /// <summary>The same engine's steps in pieces, for batches in parts.</summary>
    IStepParts Parts { get; }

    /// <summary>
    /// Label smoothing, dropout and deformations of the steps and gradients from now on; <see cref="Evaluate"/> and
    /// <see cref="Predict"/> use none.
    /// </summary>
    /// <exception cref="ArgumentException">Set to deformations where an image is no square.</exception>
    Regularization Regularization { get; set; }

    /// <summary>
    /// Takes over the parameters, their average, the optimizer's moments and the step count. The state is copied.
    /// </summary>
    void Load(NetworkState state);

    /// <summary>
    /// A copy of the parameters, their average, the optimizer's moments and the step count; waits for steps under way.
    /// </summary>
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
    /// parameters before the update, are added to the totals. Does not wait for the device. Moments that the rule's
    /// optimizer needs begin at zero where they are missing or of another <see cref="MomentKind"/>. A missing average
    /// starts as the updated parameters; one that the rule does not ask for is dropped.
    /// </summary>
    /// <param name="rule">How the parameters change.</param>
    /// <param name="epoch">Which draw of dropout and deformations: another in every epoch.</param>
    void Step(UpdateRule rule, uint epoch = 0);

    /// <summary>
    /// Makes an order resident, in place of the one before: which attached images the batches from now on take, usually
    /// an epoch's. It is copied once, so that the steps of an epoch send nothing. <see cref="Attach"/> forgets it.
    /// </summary>
    /// <param name="order">Indices of attached images, at least one; repeats count twice.</param>
    void SetOrder(ReadOnlySpan<int> order);

    /// <summary>
    /// One training step over the images order[first] … order[first + count − 1] of <see cref="SetOrder"/>, otherwise
    /// as <see cref="Step(UpdateRule, uint)"/>.
    /// </summary>
    /// <param name="first">Where the batch begins in the order.</param>
    /// <param name="count">Images in the batch, at least one.</param>
    /// <param name="rule">How the parameters change.</param>
    /// <param name="epoch">Which draw of dropout and deformations: another in every epoch.</param>
    void Step(int first, int count, UpdateRule rule, uint epoch = 0);

    /// <summary>
    /// The totals of the steps since the last call, which are then set to zero. Waits for the device. A loss that is
    /// not finite in any of these steps makes <see cref="Totals.Loss"/> not finite.
    /// </summary>
    Totals ReadTotals();

    /// <summary>
    /// The gradients over the attached images with these indices, not clipped, without an update and without touching
    /// the totals.
    /// </summary>
    Gradients ComputeGradients(ReadOnlySpan<int> images, uint epoch = 0);

    /// <summary>
    /// Loss and hits over other images than the attached ones, without touching the totals: of the averaged parameters
    /// where there are such (<see cref="NetworkState.Average"/>), else of the present ones.
    /// </summary>
    Totals Evaluate(ReadOnlySpan<byte> X, ReadOnlySpan<byte> labels);

    /// <summary>
    /// The network's answer, by the same parameters as <see cref="Evaluate"/>: AL = softmax(ZL) for each image.
    /// </summary>
    /// <param name="X">[inputs × m] pixels.</param>
    /// <param name="AL">Receives [outputs × m] probabilities, an image's together.</param>
    void Predict(ReadOnlySpan<byte> X, Span<double> AL);
}
