using ILGPU;
using ILGPU.Runtime.Cuda;

namespace MnistGpu.Gpu.Kernels.Products;

/// <summary>How a tile comes into shared memory while the threads go on with the one before.</summary>
public interface ITileCopy
{
    /// <summary>Whether it is inline PTX for compute capability 8.0.</summary>
    static abstract bool NeedsSm80 { get; }

    /// <summary>
    /// Begins to copy <paramref name="operand"/>'s four neighbours in memory from [o, s] on to shared[i], shared[i + step], …; 0 where they are
    /// outside. <paramref name="shared"/> is the kernel's only shared memory, from its beginning; i is a multiple of 4 where step is 1.
    /// </summary>
    static abstract void Begin4<TOperand>(TOperand operand, ArrayView<float> shared, int i, int step, int o, int s, int end)
        where TOperand : struct, IOperand;

    /// <summary>Ends a tile: all that this thread began since the one before belongs to it.</summary>
    static abstract void EndTile();

    /// <summary>Waits until this thread's copies of every tile but the last have arrived.</summary>
    static abstract void WaitForAllButTheLast();
}

/// <summary>
/// cp.async (PTX ISA, "Data Movement and Conversion Instructions: cp.async"; compute capability 8.0): memory to shared memory past the
/// registers, 16 bytes where four neighbours are aligned and stay together, else 4, with zeros for what is outside. Pixels have to become
/// floats on the way and so pass through registers.
/// </summary>
public readonly struct CpAsync : ITileCopy
{
    /// <inheritdoc/>
    public static bool NeedsSm80 => true;

    /// <inheritdoc/>
    public static void Begin4<TOperand>(TOperand operand, ArrayView<float> shared, int i, int step, int o, int s, int end)
        where TOperand : struct, IOperand
    {
        if (!TOperand.IsFloat)
        {
            var four = operand.Load4(o, s, end);
            shared[i] = four.X;
            shared[i + step] = four.Y;
            shared[i + 2 * step] = four.Z;
            shared[i + 3 * step] = four.W;
        }
        else if (!TOperand.IsAlongDepth && operand.IsWhole4(o, s, end))
        {
            CudaAsm.Emit(
                "{ .reg .u32 to; mov.u32 to, __shared_alloca0; add.u32 to, to, %0; cp.async.cg.shared.global [to], [%1], 16; }",
                sizeof(float) * i, operand.Address(o, s));
        }
        else
        {
            int oStep = TOperand.IsAlongDepth ? 0 : 1, sStep = TOperand.IsAlongDepth ? 1 : 0;
            Begin(operand, i, o, s, end);
            Begin(operand, i + step, o + oStep, s + sStep, end);
            Begin(operand, i + 2 * step, o + 2 * oStep, s + 2 * sStep, end);
            Begin(operand, i + 3 * step, o + 3 * oStep, s + 3 * sStep, end);
        }
    }

    /// <inheritdoc/>
    public static void EndTile() => CudaAsm.Emit("cp.async.commit_group;");

    /// <inheritdoc/>
    public static void WaitForAllButTheLast() => CudaAsm.Emit("cp.async.wait_group 1;");

    // Of the 4 bytes so many are read, the rest are zeros; a source of which nothing is read must still be an address.
    private static void Begin<TOperand>(TOperand operand, int i, int o, int s, int end)
        where TOperand : struct, IOperand
    {
        var inside = operand.IsInside(o, s, end);
        CudaAsm.Emit(
            "{ .reg .u32 to; mov.u32 to, __shared_alloca0; add.u32 to, to, %0; cp.async.ca.shared.global [to], [%1], 4, %2; }",
            sizeof(float) * i, inside ? operand.Address(o, s) : operand.Address(0, 0), inside ? sizeof(float) : 0);
    }
}
