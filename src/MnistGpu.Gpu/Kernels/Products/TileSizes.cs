namespace MnistGpu.Gpu.Kernels.Products;

/// <summary>How many threads share a tile of C, and how deep a tile of the operands is. Constants to the compiler: a size is a type.</summary>
/// <remarks>Powers of two: ptxas divides by a constant in full, so remainders are written as masks.</remarks>
public interface ITileSize
{
    /// <summary>Threads along the rows of C.</summary>
    static abstract int RowThreads { get; }

    /// <summary>Threads along the columns of C.</summary>
    static abstract int ColumnThreads { get; }

    /// <summary>Elements along the depth that are in shared memory at once, a multiple of 4.</summary>
    static abstract int Depth { get; }
}

/// <summary>16 × 16 threads, 16 deep: the shared-memory tile.</summary>
public readonly struct Threads16x16Depth16 : ITileSize
{
    /// <inheritdoc/>
    public static int RowThreads => 16;

    /// <inheritdoc/>
    public static int ColumnThreads => 16;

    /// <inheritdoc/>
    public static int Depth => 16;
}

/// <summary>8 × 8 threads, 16 deep: tiles of 64 × 64 with 8 × 8 sums a thread. Many groups even for small layers.</summary>
public readonly struct Threads8x8Depth16 : ITileSize
{
    /// <inheritdoc/>
    public static int RowThreads => 8;

    /// <inheritdoc/>
    public static int ColumnThreads => 8;

    /// <inheritdoc/>
    public static int Depth => 16;
}

/// <summary>16 × 16 threads, 8 deep: tiles of 128 × 128 with 8 × 8 sums a thread. Half the traffic per multiply-add of 64 × 64.</summary>
public readonly struct Threads16x16Depth8 : ITileSize
{
    /// <inheritdoc/>
    public static int RowThreads => 16;

    /// <inheritdoc/>
    public static int ColumnThreads => 16;

    /// <inheritdoc/>
    public static int Depth => 8;
}

/// <summary>32 threads along the depth, 8 elements a group: coalesced. It has no tiles, and so no depth.</summary>
public readonly struct Lanes32x8 : ITileSize
{
    /// <inheritdoc/>
    public static int RowThreads => 32;

    /// <inheritdoc/>
    public static int ColumnThreads => 8;

    /// <inheritdoc/>
    public static int Depth => 4;
}

/// <summary>2 × 2 warps, 16 words deep: tiles of 64 × 64 on the tensor cores.</summary>
public readonly struct Warps2x2Depth16 : ITileSize
{
    /// <inheritdoc/>
    public static int RowThreads => 2;

    /// <inheritdoc/>
    public static int ColumnThreads => 2;

    /// <inheritdoc/>
    public static int Depth => 16;
}
