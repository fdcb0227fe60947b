using ILGPU;
using MnistGpu.Gpu.Kernels.Products;

namespace MnistGpu.Tests.Gpu.Kernels.Products;

/// <summary>In the place of cp.async: the same elements to the same places, at once.</summary>
public readonly struct SynchronousCopy : ITileCopy
{
    public static bool NeedsSm80 => false;

    public static void Begin4<TOperand>(TOperand operand, ArrayView<float> shared, int i, int step, int o, int s,
        int end)
        where TOperand : struct, IOperand
    {
        var four = operand.Load4(o, s, end);
        shared[i] = four.X;
        shared[i + step] = four.Y;
        shared[i + 2 * step] = four.Z;
        shared[i + 3 * step] = four.W;
    }

    public static void EndTile()
    {
    }

    public static void WaitForAllButTheLast()
    {
    }
}

/// <summary>
/// In the place of mma.sync: a warp's threads lay their fragments out, and each makes its four sums from them as the
/// PTX
/// ISA defines the instruction, element by element ("Matrix Fragments for mma.m16n8k8", .tf32, and "… for mma.m16n8k16
/// with
/// floating point type", .bf16), not by what the kernel says of fragments.
/// </summary>
public readonly struct SimulatedUnit<TFormat>(
    ArrayView<uint> registers, Float4 t0, Float4 t1, Float4 t2, Float4 t3, Float4 t4, Float4 t5, Float4 t6, Float4 t7)
    : IMatrixUnit<SimulatedUnit<TFormat>>
    where TFormat : struct, IMatrixFormat
{
    private const int MostThreads = 128;
    private const int Half = 6 * MostThreads;

#pragma warning disable CA1000 // The interface's members are static.
    public static bool NeedsSm80 => false;

    public static SimulatedUnit<TFormat> Start() =>
        new(SharedMemory.Allocate<uint>(2 * 6 * MostThreads), default, default, default, default, default, default,
            default, default);
#pragma warning restore CA1000

    public SimulatedUnit<TFormat> Multiply(int t, uint a0, uint a1, uint a2, uint a3, uint b0, uint b1)
    {
        // Instructions take the two halves in turn, so that one barrier does for each: who lays out the next but one
        // has
        // passed the barrier of the next, and by then all have read this one's.
        int half = (t & 1) * Half, mine = half + 6 * Group.IdxX;
        registers[mine] = a0;
        registers[mine + 1] = a1;
        registers[mine + 2] = a2;
        registers[mine + 3] = a3;
        registers[mine + 4] = b0;
        registers[mine + 5] = b1;
        Group.Barrier();
        int groupId = Group.IdxX % 32 / 4, threadInGroup = Group.IdxX % 4;
        var d = new Float4(
            Dot(half, groupId, threadInGroup * 2), Dot(half, groupId, threadInGroup * 2 + 1),
            Dot(half, groupId + 8, threadInGroup * 2), Dot(half, groupId + 8, threadInGroup * 2 + 1));
        return new(registers, Sum(t, 0, t0, d), Sum(t, 1, t1, d), Sum(t, 2, t2, d), Sum(t, 3, t3, d),
            Sum(t, 4, t4, d), Sum(t, 5, t5, d), Sum(t, 6, t6, d), Sum(t, 7, t7, d));
    }

    public float Sum(int t, int i)
    {
        var tile = t == 0 ? t0 : t == 1 ? t1 : t == 2 ? t2 : t == 3 ? t3 : t == 4 ? t4 : t == 5 ? t5 : t == 6 ? t6 : t7;
        return i == 0 ? tile.X : i == 1 ? tile.Y : i == 2 ? tile.Z : tile.W;
    }

    private static Float4 Sum(int t, int tile, Float4 sum, Float4 d) => t == tile ? sum.Plus(d, 1f) : sum;

    /// <summary>Σ over k of A[row, k]·B[k, column], 8 of TF32 or 16 of bf16.</summary>
    private float Dot(int half, int row, int column)
    {
        var sum = 0f;
        for (var k = 0; k < 8 * TFormat.PerWord; k++)
        {
            sum += A(half, row, k) * B(half, k, column);
        }

        return sum;
    }

    // .tf32: a0 (groupID, thread), a1 (groupID + 8, thread), a2 (groupID, thread + 4), a3 (groupID + 8, thread + 4).
    // .bf16: ai at row groupID for i = 0, 1, 4, 5, else groupID + 8; column thread·2 + (i & 1), and 8 more from i = 4
    // on;
    // two to a register.
    private float A(int half, int row, int k)
    {
        int upper = row < 8 ? 0 : 1, groupId = row % 8;
        return TFormat.PerWord == 1
            ? Tf32(Register(half, 4 * groupId + k % 4, upper + (k < 4 ? 0 : 2)))
            : Bf16(Register(half, 4 * groupId + k % 8 / 2, upper + (k < 8 ? 0 : 2)), k % 2);
    }

    // .tf32: b0 (thread, groupID), b1 (thread + 4, groupID).
    // .bf16: bi at row thread·2 + (i & 1), and 8 more from i = 2 on; column groupID.
    private float B(int half, int k, int column) => TFormat.PerWord == 1
        ? Tf32(Register(half, 4 * column + k % 4, 4 + (k < 4 ? 0 : 1)))
        : Bf16(Register(half, 4 * column + k % 8 / 2, 4 + (k < 8 ? 0 : 1)), k % 2);

    private uint Register(int half, int lane, int i) => registers[half + 6 * (Group.IdxX / 32 * 32 + lane) + i];

    private static float Tf32(uint word) => Interop.IntAsFloat(word);

    private static float Bf16(uint word, int half) => Interop.IntAsFloat(half == 0 ? word << 16 : word & 0xffff0000);
}

/// <summary>Two threads along the depth, two elements a group.</summary>
public readonly struct Threads2x2Depth2 : ITileSize
{
    public static int RowThreads => 2;

    public static int ColumnThreads => 2;

    public static int Depth => 2;
}

/// <summary>2 × 1 threads, 4 deep: tiles of 16 × 8.</summary>
public readonly struct Threads2x1Depth4 : ITileSize
{
    public static int RowThreads => 2;

    public static int ColumnThreads => 1;

    public static int Depth => 4;
}

/// <summary>One thread, or warp, 8 deep.</summary>
public readonly struct One1x1Depth8 : ITileSize
{
    public static int RowThreads => 1;

    public static int ColumnThreads => 1;

    public static int Depth => 8;
}
