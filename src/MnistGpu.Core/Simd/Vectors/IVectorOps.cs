namespace MnistGpu.Simd.Vectors;

/// <summary>
/// What the kernels need of a vector of floats. A kernel is written once, generic over this, and the JIT makes one
/// machine code of it per width: 16 floats (AVX-512), 8 (AVX2), 4 (SSE, NEON) and 1.
/// </summary>
/// <typeparam name="V">The vector.</typeparam>
internal unsafe interface IVectorOps<V>
    where V : struct
{
    /// <summary>Floats in a vector: 16, 8, 4 or 1.</summary>
    static abstract int Count { get; }

    /// <summary>Vectors of columns in the register tile's six rows: as many as the registers hold.</summary>
    static abstract int TileVectors { get; }

    /// <summary>All lanes 0.</summary>
    static abstract V Zero { get; }

    /// <summary>All lanes <paramref name="x"/>.</summary>
    static abstract V Broadcast(float x);

    /// <summary>Reads one vector; no alignment needed.</summary>
    static abstract V Load(float* p);

    /// <summary>Writes one vector; no alignment needed.</summary>
    static abstract void Store(float* p, V x);

    /// <summary>One byte per lane, as a float 0 to 255.</summary>
    static abstract V WidenBytes(byte* p);

    /// <summary>Byte <paramref name="k"/> of each of Count 32-bit words, 0 the lowest, as a float 0 to 255.</summary>
    static abstract V WidenByte(uint* words, int k);

    /// <summary>Writes whole numbers 0 to 255 as bytes, one per lane.</summary>
    static abstract void NarrowToBytes(byte* p, V x);

    /// <summary>x·y + z, rounded once where the hardware has it.</summary>
    static abstract V MultiplyAdd(V x, V y, V z);

    /// <summary>x + y.</summary>
    static abstract V Add(V x, V y);

    /// <summary>x − y.</summary>
    static abstract V Subtract(V x, V y);

    /// <summary>x·y.</summary>
    static abstract V Multiply(V x, V y);

    /// <summary>x / y.</summary>
    static abstract V Divide(V x, V y);

    /// <summary>√x.</summary>
    static abstract V Sqrt(V x);

    /// <summary>Per lane: left ≤ right ? yes : no; a NaN gives no.</summary>
    static abstract V IfLessOrEqual(V left, V right, V yes, V no);

    /// <summary>Per lane: left &gt; right ? yes : no; a NaN gives no.</summary>
    static abstract V IfGreater(V left, V right, V yes, V no);

    /// <summary>Per lane: left = right ? yes : no; a NaN gives no.</summary>
    static abstract V IfEqual(V left, V right, V yes, V no);

    /// <summary>To the nearest whole number, ties to even.</summary>
    static abstract V Round(V x);

    /// <summary>2ⁿ for whole n in [−126, 127].</summary>
    static abstract V PowerOfTwo(V n);

    /// <summary>
    /// Lane i of the result is the sum of the lanes of the i-th of Count vectors at <paramref name="rows"/>, in an
    /// order that is always the same.
    /// </summary>
    static abstract V SumAcross(float* rows);
}
