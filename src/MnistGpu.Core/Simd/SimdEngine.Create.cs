using System.Runtime.Intrinsics;
using MnistGpu.Model;
using MnistGpu.Simd.Vectors;

namespace MnistGpu.Simd;

/// <summary>Makes the fast CPU engine: float32, all cores, the widest vectors the machine has.</summary>
internal static class SimdEngine
{
    /// <summary>
    /// How the arithmetic of a wide first layer ends (<see cref="IStepParts.Arithmetic"/>). Versions that wrote no
    /// arithmetic into checkpoints summed blocks there.
    /// </summary>
    public const string ByPixels = ", pixel by pixel";

    /// <summary>An engine for a network, its parameters zero.</summary>
    /// <param name="shape">The network's widths.</param>
    /// <param name="threads">How many threads work at once; 0 for one per core.</param>
    /// <exception cref="UserErrorException"><paramref name="threads"/> is negative or more than 1,024.</exception>
    public static INetworkEngine Create(NetworkShape shape, int threads = 0) =>
        Create(shape, threads, VectorWidths.Widest, null);

    /// <summary>
    /// An engine with vectors of a given width that runs every step in one way, for tests and benches.
    /// </summary>
    internal static INetworkEngine Create(NetworkShape shape, int threads, VectorWidth width, StepKind? kind)
    {
        if (threads is < 0 or > 1024)
        {
            throw new UserErrorException("This number of threads cannot be used", where: "TrainingOptions.Threads",
                expected: "1 to 1024, or 0 for one per core", found: $"{threads}",
                todo: "leave out TrainingOptions.Threads");
        }

        var count = threads == 0 ? Environment.ProcessorCount : threads;
        return width switch
        {
            VectorWidth.Bits512 => new SimdEngine<Vector512<float>, Ops512>(shape, count, kind),
            VectorWidth.Bits256 => new SimdEngine<Vector256<float>, Ops256>(shape, count, kind),
            VectorWidth.Bits128 => new SimdEngine<Vector128<float>, Ops128>(shape, count, kind),
            _ => new SimdEngine<float, OpsScalar>(shape, count, kind),
        };
    }
}
