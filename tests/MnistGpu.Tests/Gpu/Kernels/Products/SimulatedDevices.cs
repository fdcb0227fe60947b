using ILGPU;
using MnistGpu.Gpu.Kernels.Products;

namespace MnistGpu.Tests.Gpu.Kernels.Products;

/// <summary>In the place of cp.async: the same elements to the same places, at once.</summary>
internal readonly struct SynchronousCopy : ITileCopy
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
internal readonly struct SimulatedUnit<TFormat>(ArrayView<uint> registers, ArrayView<float> sums, int half)
    : IMatrixUnit<SimulatedUnit<TFormat>>
    where TFormat : struct, IMatrixFormat
{
    private const int MostThreads = 256;
    private const int Words = 16;
    private const int Half = Words * MostThreads;
    private const int Sums = 32;

#pragma warning disable CA1000 // The interface's members are static.
    public static bool NeedsSm80 => false;

    public static bool WantsAllWarps => true;

    public static ProductMath Math => TFormat.Math;

    public static int PerWord => TFormat.PerWord;

    public static SimulatedUnit<TFormat> Start()
    {
        SimulatedUnit<TFormat> unit = new(
            SharedMemory.Allocate<uint>(2 * Half), SharedMemory.Allocate<float>(Sums * MostThreads), 0);
        for (var n = 0; n < Sums; n++)
        {
            unit.sums[Sums * Group.IdxX + n] = 0;
        }

        return unit;
    }
#pragma warning restore CA1000

    // Products take turns in two halves: what the one before reads is left alone until all have met again.
    private readonly int mine = half + Words * Group.IdxX;

    // In memory: as fields, each of the loops below would carry every sum, which compilers take minutes for.
    private readonly ArrayView<float> sums = sums;

    public SimulatedUnit<TFormat> Take(int n, float first, float second)
    {
        registers[mine + n] = TFormat.Word(first, second);
        return this;
    }

    public SimulatedUnit<TFormat> Multiply(int t, uint a0, uint a1, uint a2, uint a3, uint b0, uint b1)
    {
        int eights = t / 4 * 2, column = 8 + t % 4;
        registers[mine + eights] = a0;
        registers[mine + eights + 1] = a1;
        registers[mine + eights + 4] = a2;
        registers[mine + eights + 5] = a3;
        registers[mine + column] = b0;
        registers[mine + column + 4] = b1;
        return Add(t, t + 1);
    }

    public SimulatedUnit<TFormat> Multiply() => Add(0, 8);

    public float Sum(int t, int i) => sums[Sums * Group.IdxX + 4 * t + i];

    /// <summary>
    /// Adds this thread's four of each tile's product: at rows groupID and groupID + 8, columns thread·2 and
    /// thread·2 + 1.
    /// </summary>
    private SimulatedUnit<TFormat> Add(int firstTile, int end)
    {
        Group.Barrier();
        int groupId = Group.IdxX % 32 / 4, threadInGroup = Group.IdxX % 4;
        for (var n = 4 * firstTile; n < 4 * end; n++)
        {
            sums[Sums * Group.IdxX + n] += Dot(n / 4, groupId + n % 4 / 2 * 8, threadInGroup * 2 + n % 2);
        }

        return new(registers, sums, Half - half);
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

    private uint Register(int lane, int n) => registers[half + Words * (Group.IdxX / 32 * 32 + lane) + n];

    private static float Tf32(uint word) => Interop.IntAsFloat(word);

    private static float Bf16(uint word, int half) => Interop.IntAsFloat(half == 0 ? word << 16 : word & 0xffff0000);
}

/// <summary>Two threads along the depth, two elements a group.</summary>
internal readonly struct Threads2x2Depth2 : ITileSize
{
    public static int RowThreads => 2;

    public static int ColumnThreads => 2;

    public static int Depth => 2;
}

/// <summary>2 × 1 threads, 4 deep: tiles of 16 × 8.</summary>
internal readonly struct Threads2x1Depth4 : ITileSize
{
    public static int RowThreads => 2;

    public static int ColumnThreads => 1;

    public static int Depth => 4;
}

/// <summary>32 × 32 of C by one warp.</summary>
internal readonly struct OneWarp : IPipelineSize
{
    public static int TileRows => 32;

    public static int TileColumns => 32;

    public static int Depth => 16;

    public static int Stages => 3;

    public static int Threads => 32;
}

/// <summary>64 × 64 of C by four warps.</summary>
internal readonly struct FourWarps : IPipelineSize
{
    public static int TileRows => 64;

    public static int TileColumns => 64;

    public static int Depth => 32;

    public static int Stages => 3;

    public static int Threads => 128;
}

/// <summary>32 × 32 of C by 32 threads, two to each sum.</summary>
internal readonly struct Tile32x32ByTwo : IPipelineSize
{
    public static int TileRows => 32;

    public static int TileColumns => 32;

    public static int Depth => 16;

    public static int Stages => 3;

    public static int Threads => 32;
}

/// <summary>64 × 32 of C by 64 threads, in two stages and 32 deep.</summary>
internal readonly struct Tile64x32 : IPipelineSize
{
    public static int TileRows => 64;

    public static int TileColumns => 32;

    public static int Depth => 32;

    public static int Stages => 2;

    public static int Threads => 64;
}
