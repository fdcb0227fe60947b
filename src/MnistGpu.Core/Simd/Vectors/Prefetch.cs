using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace MnistGpu.Simd.Vectors;

/// <summary>Asks for memory before it is used. Any address will do: nothing is read.</summary>
internal static unsafe class Prefetch
{
    /// <summary>Brings a cache line into the second level, where the machine has an instruction for it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Line(void* address)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch1(address);
        }
    }

    /// <summary>Brings stretches of some rows.</summary>
    /// <param name="row">Where the first begins.</param>
    /// <param name="apart">From one row to the next.</param>
    /// <param name="rows">How many.</param>
    /// <param name="columns">Floats of each.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Rows(float* row, nint apart, int rows, int columns)
    {
        for (var r = 0; r < rows; r++, row += apart)
        {
            for (var c = 0; c < columns; c += 16)
            {
                Line(row + c);
            }
        }
    }
}
