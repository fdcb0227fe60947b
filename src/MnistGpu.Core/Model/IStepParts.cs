namespace MnistGpu.Model;

/// <summary>
/// A step in pieces: the gradients of parts of a batch, summed in buffers that stay on the device, and the update of
/// some of the parameters by such a sum. A batch may so be larger than the device's memory, and ranks may share it.
/// </summary>
/// <remarks>
/// <para>Arrays lie in the engine's own order, <see cref="Length"/> elements of <see cref="ElementBytes"/> bytes each;
/// engines of one network with the same <see cref="Arithmetic"/> have the same order. Ranges begin at a multiple of
/// <see cref="Block"/>, and end at one or at <see cref="Length"/>.</para>
/// <para>One step: <see cref="SumGradients"/> for each part, <see cref="Add"/> until one buffer holds the sum,
/// <see cref="Update"/> once, <see cref="EndStep"/>. Buffers of sums are numbered from 0 and made when first
/// used.</para>
/// </remarks>
internal interface IStepParts
{
    /// <summary>
    /// Elements of a block: ranges are whole blocks, and so is what <see cref="SumSquares"/> sums, so that neither
    /// depends on how many ranks share the parameters. 4 KiB of floats, a multiple of every vector.
    /// </summary>
    const int Block = 1024;

    /// <summary>Elements of an array: the parameters, and what an engine has between them.</summary>
    long Length { get; }

    /// <summary>Bytes of an element: 4, or 8 where the engine computes in float64.</summary>
    int ElementBytes { get; }

    /// <summary>
    /// What must be the same for two engines to give the same bits: the width of vectors, or the device.
    /// </summary>
    string Arithmetic { get; }

    /// <summary>Images that are attached.</summary>
    int Attached { get; }

    /// <summary>
    /// Sums the gradients of the images order[first] … order[first + count − 1] into a buffer, in place of what was
    /// there; not divided by their number, with the present <see cref="INetworkEngine.Regularization"/>. Does not wait
    /// for the device.
    /// </summary>
    /// <param name="sums">Which buffer.</param>
    /// <param name="first">Where the part begins in the order (<see cref="INetworkEngine.SetOrder"/>).</param>
    /// <param name="count">Images in the part, at least one.</param>
    /// <param name="epoch">Which draw of dropout and deformations.</param>
    void SumGradients(int sums, int first, int count, uint epoch);

    /// <summary>
    /// Loss and hits of the parts summed since the last call, in the order of the sums; not those of
    /// <see cref="INetworkEngine.ReadTotals"/>. Waits for the device.
    /// </summary>
    /// <param name="totals">Receives them, one for each call of <see cref="SumGradients"/>.</param>
    /// <exception cref="ArgumentException">There are not so many.</exception>
    void ReadTotals(Span<Totals> totals);

    /// <summary>Adds a range of a buffer to that of another: to := to + from, rounded once.</summary>
    void Add(int to, int from, long at, long count);

    /// <summary>Copies a range out; waits for the device.</summary>
    /// <exception cref="ArgumentException">There is no such array, or no such range.</exception>
    void Read(StepArray array, long at, Span<byte> elements);

    /// <summary>Copies a range in.</summary>
    /// <inheritdoc cref="Read" path="/exception"/>
    void Write(StepArray array, long at, ReadOnlySpan<byte> elements);

    /// <summary>
    /// Σ g² over each block of a range, g the buffer's sums divided by the number of images: ‖g‖² in pieces that any
    /// rank can add up in the same order. Waits for the device.
    /// </summary>
    /// <param name="sums">The buffer.</param>
    /// <param name="at">Where the range begins.</param>
    /// <param name="count">Its elements.</param>
    /// <param name="images">m, the images of the whole batch.</param>
    /// <param name="blocks">Receives a sum for each block of the range.</param>
    void SumSquares(int sums, long at, long count, int images, Span<double> blocks);

    /// <summary>
    /// Updates a range of the parameters by a buffer's sums, as <see cref="INetworkEngine.Step(UpdateRule, uint)"/>
    /// does; the moments of the range move along. Once a step, also where the range is empty.
    /// </summary>
    /// <param name="sums">The buffer.</param>
    /// <param name="at">Where the range begins.</param>
    /// <param name="count">Its elements.</param>
    /// <param name="images">m, the images of the whole batch.</param>
    /// <param name="rule">How the parameters change; its <see cref="UpdateRule.ClipNorm"/> is left to
    /// <paramref name="factor"/>.</param>
    /// <param name="factor">What the gradients are multiplied by; 1 where they are not clipped.</param>
    void Update(int sums, long at, long count, int images, UpdateRule rule, double factor);

    /// <summary>
    /// Ends a step whose parameters are all new: their average moves along, where the rule asks for one, and the step
    /// counts.
    /// </summary>
    void EndStep(UpdateRule rule);
}

/// <summary>One of the arrays that <see cref="IStepParts"/> has.</summary>
internal readonly record struct StepArray
{
    private StepArray(StepArrayKind kind, int index) => (Kind, Index) = (kind, index);

    /// <summary>What it is.</summary>
    public StepArrayKind Kind { get; }

    /// <summary>Which of them, from 0.</summary>
    public int Index { get; }

    /// <summary>The parameters.</summary>
    public static StepArray Parameters => new(StepArrayKind.Parameters, 0);

    /// <summary>A moment of the optimizer: 0 or 1.</summary>
    public static StepArray Moment(int index) => new(StepArrayKind.Moment, index);

    /// <summary>A buffer of sums.</summary>
    public static StepArray Sums(int index) => new(StepArrayKind.Sums, index);
}

/// <summary>What a <see cref="StepArray"/> is.</summary>
internal enum StepArrayKind
{
    /// <summary>The parameters.</summary>
    Parameters,

    /// <summary>A moment of the optimizer.</summary>
    Moment,

    /// <summary>A buffer of sums of gradients.</summary>
    Sums,
}
