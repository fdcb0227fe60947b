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
}
