namespace MnistGpu.Gpu.Kernels.Fused;

/// <summary>
/// The sizes of <see cref="SmallNetworkGradients{TSize}"/>. Constants to the compiler: a size is a type.
/// </summary>
internal interface ISmallNetworkSize
{
    /// <summary>Threads of a group, at least one per word of four pixels and ten hidden units.</summary>
    static abstract int Threads { get; }

    /// <summary>Images that are in shared memory at once.</summary>
    static abstract int Images { get; }

    /// <summary>Words of four pixels that an image may have.</summary>
    static abstract int Words { get; }

    /// <summary>Hidden units that a network may have, a multiple of <see cref="SmallNetwork.Rows"/>.</summary>
    static abstract int Hidden { get; }

    /// <summary>Outputs that a network may have.</summary>
    static abstract int Outputs { get; }
}

/// <summary>
/// 784-10-10, the tutorial's network, and what is smaller. 224 threads: 196 have a word of an image each. 39 KB of
/// shared memory would let five groups into a multiprocessor of an H200 (228 KB); the 128 registers a thread that
/// ptxas 11.8 gives it for sm_80 and sm_90 let in two, 14 warps.
/// </summary>
internal readonly struct TenHidden : ISmallNetworkSize
{
    /// <inheritdoc/>
    public static int Threads => 224;

    /// <inheritdoc/>
    public static int Images => 32;

    /// <inheritdoc/>
    public static int Words => 196;

    /// <inheritdoc/>
    public static int Hidden => 10;

    /// <inheritdoc/>
    public static int Outputs => 10;
}

/// <summary>
/// Up to 784-20-10. 416 threads: 2 · 196 have a word and ten hidden units each. Sixteen images, so that with the
/// partial sums of twice the units 34 KB are enough; 128 registers a thread let in one group, 13 warps.
/// </summary>
internal readonly struct TwentyHidden : ISmallNetworkSize
{
    /// <inheritdoc/>
    public static int Threads => 416;

    /// <inheritdoc/>
    public static int Images => 16;

    /// <inheritdoc/>
    public static int Words => 196;

    /// <inheritdoc/>
    public static int Hidden => 20;

    /// <inheritdoc/>
    public static int Outputs => 10;
}

/// <summary>
/// Where a group of <see cref="SmallNetworkGradients{TSize}"/> keeps what, in 4-byte elements of its shared memory.
/// </summary>
internal static class SmallNetworkLayout<TSize>
    where TSize : struct, ISmallNetworkSize
{
    /// <summary>
    /// Elements from one image's words to the next: odd, so that neighbouring images lie in different banks.
    /// </summary>
    public static int WordPitch => TSize.Words | 1;

    /// <summary>Elements from one unit's images to the next, likewise.</summary>
    public static int Pitch => TSize.Images + 1;

    /// <summary>dZ1 [Hidden, padded to 12 per ten, × Images], first, because it is read 16 bytes at a time.</summary>
    public static int dZ1 => 0;

    /// <summary>Elements of dZ1 from one image to the next.</summary>
    public static int dZ1Pitch => TSize.Hidden / SmallNetwork.Rows * SmallNetwork.PaddedRows;

    /// <summary>A1 [Images × Hidden].</summary>
    public static int A1 => dZ1 + TSize.Images * dZ1Pitch;

    /// <summary>Z2 and then dZ2 [Images × Outputs].</summary>
    public static int dZ2 => A1 + TSize.Hidden * Pitch;

    /// <summary>The sums of db1, dW2 and db2, in θ's order.</summary>
    public static int Rest => dZ2 + TSize.Outputs * Pitch;

    /// <summary>Parts of Z1, ten for each thread.</summary>
    public static int Parts => Rest + TSize.Hidden + TSize.Outputs * (TSize.Hidden + 1);

    /// <summary>The pixels.</summary>
    public static int Words => Parts + TSize.Threads * SmallNetwork.Rows;

    /// <summary>All of it, in units of 16 bytes.</summary>
    public static int Length => (Words + TSize.Images * WordPitch + 3) / 4;
}
