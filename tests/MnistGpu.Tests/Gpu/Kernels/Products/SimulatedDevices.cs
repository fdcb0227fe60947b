using ILGPU;
using MnistGpu.Gpu.Kernels.Products;

namespace MnistGpu.Tests.Gpu.Kernels.Products;

/// <summary>In the place of cp.async: the same elements to the same places, at once.</summary>
public readonly struct SynchronousCopy : ITileCopy
{
    public static bool NeedsSm80 => false;

    public static void Begin4<TOperand>(TOperand operand, ArrayView<float> shared, int i, int o, int s, int end)
        where TOperand : struct, IOperand
    {
        var four = operand.Load4(o, s, end);
        shared[i] = four.X;
        shared[i + 1] = four.Y;
        shared[i + 2] = four.Z;
        shared[i + 3] = four.W;
    }

    public static void BeginWhole4<TOperand>(TOperand operand, ArrayView<float> shared, int i, int o, int s, int end,
        long address)
        where TOperand : struct, IOperand => Begin4(operand, shared, i, o, s, end);

    public static void EndTile()
    {
    }

    public static void WaitForAllButTheLast()
    {
    }

    public static void WaitForAll()
    {
    }
}

/// <summary>
/// In the place of mma.sync: a warp's threads lay their fragments out, and each makes its four sums from them as the
/// PTX ISA defines the instruction, element by element ("Matrix Fragments for mma.m16n8k8", .tf32, and "… for
/// mma.m16n8k16 with floating point type", .bf16), not by what the kernel says of fragments.
/// </summary>
public readonly struct SimulatedUnit<TFormat>(
    ArrayView<uint> registers, Float4 t0, Float4 t1, Float4 t2, Float4 t3, Float4 t4, Float4 t5, Float4 t6, Float4 t7)
    : IMatrixUnit<SimulatedUnit<TFormat>>
    where TFormat : struct, IMatrixFormat
{
    private const int MostThreads = 256;
    private const int Words = 16;

#pragma warning disable CA1000 // The interface's members are static.
    public static bool NeedsSm80 => false;

    public static bool WantsAllWarps => true;

    public static ProductMath Math => TFormat.Math;

    public static int PerWord => TFormat.PerWord;

    public static SimulatedUnit<TFormat> Start() =>
        new(SharedMemory.Allocate<uint>(Words * MostThreads), default, default, default, default, default, default,
            default, default);
#pragma warning restore CA1000

    public SimulatedUnit<TFormat> Take(int n, float first, float second)
    {
        registers[Words * Group.IdxX + n] = TFormat.Word(first, second);
        return this;
    }

    public SimulatedUnit<TFormat> Multiply(int t, uint a0, uint a1, uint a2, uint a3, uint b0, uint b1)
    {
        int mine = Words * Group.IdxX, eights = t / 4 * 2, column = 8 + t % 4;
        registers[mine + eights] = a0;
        registers[mine + eights + 1] = a1;
        registers[mine + eights + 4] = a2;
        registers[mine + eights + 5] = a3;
        registers[mine + column] = b0;
        registers[mine + column + 4] = b1;
        Group.Barrier();
        SimulatedUnit<TFormat> next = new(registers, PlusAt(t, 0, t0), PlusAt(t, 1, t1), PlusAt(t, 2, t2),
            PlusAt(t, 3, t3), PlusAt(t, 4, t4), PlusAt(t, 5, t5), PlusAt(t, 6, t6), PlusAt(t, 7, t7));
        Group.Barrier();
        return next;
    }

    public SimulatedUnit<TFormat> Multiply()
    {
        Group.Barrier();
        SimulatedUnit<TFormat> next = new(registers, Plus(0, t0), Plus(1, t1), Plus(2, t2), Plus(3, t3), Plus(4, t4),
            Plus(5, t5), Plus(6, t6), Plus(7, t7));
        // Nobody lays out the next before all have read these.
        Group.Barrier();
        return next;
    }

    public float Sum(int t, int i)
    {
        var tile = t == 0 ? t0 : t == 1 ? t1 : t == 2 ? t2 : t == 3 ? t3 : t == 4 ? t4 : t == 5 ? t5 : t == 6 ? t6 : t7;
        return i == 0 ? tile.X : i == 1 ? tile.Y : i == 2 ? tile.Z : tile.W;
    }

    private Float4 PlusAt(int t, int tile, Float4 sums) => t == tile ? Plus(tile, sums) : sums;

    /// <summary>A tile's sums and this thread's four of its product.</summary>
    private Float4 Plus(int t, Float4 sums)
    {
        int groupId = Group.IdxX % 32 / 4, threadInGroup = Group.IdxX % 4;
        return sums.Plus(new(
            Dot(t, groupId, threadInGroup * 2), Dot(t, groupId, threadInGroup * 2 + 1),
            Dot(t, groupId + 8, threadInGroup * 2), Dot(t, groupId + 8, threadInGroup * 2 + 1)), 1f);
    }

    /// <summary>Σ over k of A[row, k]·B[k, column], 8 of TF32 or 16 of bf16.</summary>
    private float Dot(int t, int row, int column)
    {
        var sum = 0f;
        for (var k = 0; k < 8 * TFormat.PerWord; k++)
        {
            sum += A(t, row, k) * B(t, k, column);
        }

        return sum;
    }

    // .tf32: a0 (groupID, thread), a1 (groupID + 8, thread), a2 (groupID, thread + 4), a3 (groupID + 8, thread + 4).
    // .bf16: ai at row groupID for i = 0, 1, 4, 5, else groupID + 8; column thread·2 + (i & 1), and 8 more from i = 4
    // on; two to a register. Tiles 0 … 3 are of the upper 16 rows.
    private float A(int t, int row, int k)
    {
        int eights = t / 4 * 2 + row / 8, groupId = row % 8;
        return TFormat.PerWord == 1
            ? Tf32(Register(4 * groupId + k % 4, eights + (k < 4 ? 0 : 4)))
            : Bf16(Register(4 * groupId + k % 8 / 2, eights + (k < 8 ? 0 : 4)), k % 2);
    }

    // .tf32: b0 (thread, groupID), b1 (thread + 4, groupID).
    // .bf16: bi at row thread·2 + (i & 1), and 8 more from i = 2 on; column groupID.
    private float B(int t, int k, int column) => TFormat.PerWord == 1
        ? Tf32(Register(4 * column + k % 4, 8 + t % 4 + (k < 4 ? 0 : 4)))
        : Bf16(Register(4 * column + k % 8 / 2, 8 + t % 4 + (k < 8 ? 0 : 4)), k % 2);

    private uint Register(int lane, int n) => registers[Words * (Group.IdxX / 32 * 32 + lane) + n];

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

/// <summary>32 × 32 of C by one warp.</summary>
public readonly struct OneWarp : IPipelineSize
{
    public static int TileRows => 32;

    public static int TileColumns => 32;

    public static int Depth => 16;

    public static int Stages => 3;

    public static int Threads => 32;
}

/// <summary>64 × 64 of C by four warps.</summary>
public readonly struct FourWarps : IPipelineSize
{
    public static int TileRows => 64;

    public static int TileColumns => 64;

    public static int Depth => 32;

    public static int Stages => 3;

    public static int Threads => 128;
}

/// <summary>32 × 32 of C by 32 threads, two to each sum.</summary>
public readonly struct Tile32x32ByTwo : IPipelineSize
{
    public static int TileRows => 32;

    public static int TileColumns => 32;

    public static int Depth => 16;

    public static int Stages => 3;

    public static int Threads => 32;
}

/// <summary>64 × 32 of C by 64 threads, in two stages and 32 deep.</summary>
public readonly struct Tile64x32 : IPipelineSize
{
    public static int TileRows => 64;

    public static int TileColumns => 32;

    public static int Depth => 32;

    public static int Stages => 2;

    public static int Threads => 64;
}
