namespace MnistGpu.Gpu.Kernels;

/// <summary>
/// A kernel whose threads work in groups, with shared memory and barriers: a readonly struct whose fields are the
/// arguments and whose <see cref="Execute"/> is one thread's part. Sums run in an order that only the sizes decide.
/// </summary>
internal interface IGroupKernel
{
    /// <summary>Does the part of thread Group.IdxX of group Grid.IdxX, IdxY, IdxZ.</summary>
    void Execute();

    /// <summary>
    /// Threads of a group at most, and groups that a multiprocessor should hold at once: the compiler gives a thread no
    /// more registers than they leave. Null for no such wish.
    /// </summary>
    static virtual (int Threads, int Groups)? Occupancy => null;

    /// <summary>What a launch has to move and to compute. Asked for on the host.</summary>
    KernelCost Cost { get; }
}
