namespace MnistGpu;

/// <summary>
/// How a network is trained. The defaults are good for handwritten digits; <see cref="Preset"/> has other recipes, and
/// with changes some of their properties: <c>Preset.Quick.Options with { Seed = 3 }</c>. Values that cannot train are
/// refused when the training begins.
/// </summary>
/// <example>
/// <code>
/// var options = new TrainingOptions
/// {
///     Hidden = [256, 128],
///     Optimizer = Optimizer.AdamW,
///     Decay = 0.01,
///     Schedule = Schedule.OneCycle,
///     Deform = new() { Shift = 1, Rotation = 12 },
///     OnEpoch = row =&gt; Console.WriteLine($"{row.Epoch}: {row.Development:P1}"),
/// };
/// </code>
/// </example>
public sealed record TrainingOptions
{
    private readonly int? batch = 128;

    /// <summary>How many images to take, the first in the set's order; null for all.</summary>
    public int? Limit { get; init; }

    /// <summary>Whether the images taken are shuffled before some are held out.</summary>
    public bool Shuffle { get; init; } = true;

    /// <summary>How many of the images taken are held out to judge the epochs by, 0 for none; null for 1,000, or a
    /// tenth of fewer than 10,000.</summary>
    public int? Development { get; init; }

    /// <summary>The widths of the hidden layers, from the input on; empty for none. The widths of input and output
    /// follow from the images.</summary>
    public IReadOnlyList<int> Hidden { get; init; } = [128];

    /// <summary>What the hidden layers make of their sums; null for ReLU, or that of <see cref="From"/>.</summary>
    public Activation? Activation { get; init; }

    /// <summary>How the parameters start.</summary>
    public Start Init { get; init; } = Start.He;

    /// <summary>A network to start from instead; its hidden layers then count, and <see cref="Hidden"/> and
    /// <see cref="Init"/> do not. It is not changed. Null for none.</summary>
    public Network? From { get; init; }

    /// <summary>Passes over the training images, up to 1,000,000; <see cref="Iterations"/> come first.</summary>
    public long Epochs { get; init; } = 10;

    /// <summary>Steps to take, whatever <see cref="Epochs"/> says, up to 10¹⁵; null for as many as these
    /// take.</summary>
    public long? Iterations { get; init; }

    /// <summary>Images in a step, in a fresh order each epoch; null for all of them in every step. Where it is left
    /// out, 128, or all of fewer images; a batch that is asked for must not be larger than the set.</summary>
    public int? Batch
    {
        get => batch;
        init => (batch, IsUsualBatch) = (value, false);
    }

    /// <summary>How many parts a batch is cut into, 1 to 65,536: for batches larger than a device's memory. The last
    /// bits of the result depend on it.</summary>
    public int Parts { get; init; } = 1;

    /// <summary>What a step makes of the gradients.</summary>
    public Optimizer Optimizer { get; init; } = Optimizer.Adam;

    /// <summary>α, the learning rate, above 0; null for the optimizer's usual one: 0.001 for Adam, AdamW and RMSprop,
    /// 0.01 for momentum, 0.1 for gradient descent.</summary>
    public double? Rate { get; init; }

    /// <summary>How the rate changes over the run.</summary>
    public Schedule Schedule { get; init; } = Schedule.Constant;

    /// <summary>λ, the weight decay, 0 to below 1.</summary>
    public double Decay { get; init; }

    /// <summary>The rate that <see cref="Schedule.Exponential"/> ends at; null for a hundredth of
    /// <see cref="Rate"/>.</summary>
    public double? FinalRate { get; init; }

    /// <summary>ε of label smoothing, 0 to below 1.</summary>
    public double Smoothing { get; init; }

    /// <summary>p, the share of hidden units that a step leaves out, 0 to below 1.</summary>
    public double Dropout { get; init; }

    /// <summary>d, how much of the parameters' moving average stays at a step, 0 to below 1; the average then answers.
    /// 0 for no average.</summary>
    public double Averaging { get; init; }

    /// <summary>c, the greatest norm of the gradients; 0 for any.</summary>
    public double Clip { get; init; }

    /// <summary>How far images are deformed, afresh each epoch; null for not at all. Only grey images can
    /// be.</summary>
    public Deformation? Deform { get; init; }

    /// <summary>Epochs without a better accuracy on the images held out after which the run ends; 0 for
    /// never.</summary>
    public int Patience { get; init; }

    /// <summary>Whether the network is that of the epoch that did best on the images held out, rather than of the last;
    /// null for only with <see cref="Patience"/>.</summary>
    public bool? KeepBest { get; init; }

    /// <summary>Where the start, the order, dropout and deformations come from. The same seed on the same device gives
    /// the same bits.</summary>
    public ulong Seed { get; init; }

    /// <summary>How many networks to train, 1 to 100, one after the other with seeds from <see cref="Seed"/> on; the
    /// mean of their probabilities answers. Each is, to the bit, the network that its seed gives alone. What is called
    /// after each epoch is called for each of them, and <see cref="StopWhen"/> ends the one under way. Not with
    /// <see cref="From"/>. If one diverges, all are lost: those that are trained one by one and joined
    /// (<see cref="Network.Join"/>) are not.</summary>
    public int Committee { get; init; } = 1;

    /// <summary>What computes: "auto" for the best GPU, else the CPU; "simd", the CPU; "gpu", the best GPU, an
    /// error where there is none; "cuda", "cuda:1", "opencl"; "reference", float64; "cpu", ILGPU's simulator, which
    /// runs a GPU's kernels on the CPU, hundreds of times slower than "simd". GPUs and "cpu" need the package
    /// MnistGpu.Gpu.</summary>
    public string Device { get; init; } = "auto";

    /// <summary>Threads on the CPU; 0 for one per core. The result does not depend on it.</summary>
    public int Threads { get; init; }

    /// <summary>Called after each epoch, on the thread that trains; training waits meanwhile. Where
    /// <see cref="Batch"/> is null, an epoch is one step, and it is called after each tenth of the steps. It is called
    /// after the last step too.</summary>
    public Action<EpochRow>? OnEpoch { get; init; }

    /// <summary>Called when <see cref="OnEpoch"/> is, after it; true ends the training, and the network is kept.
    /// </summary>
    public Func<EpochRow, bool>? StopWhen { get; init; }

    /// <summary>Told when <see cref="OnEpoch"/> is called; <see cref="System.Progress{T}"/> brings it to the thread
    /// that made it, such as that of a window.</summary>
    public IProgress<EpochRow>? Progress { get; init; }

    /// <summary>Whether nobody asked for a batch.</summary>
    internal bool IsUsualBatch { get; private init; } = true;
}
