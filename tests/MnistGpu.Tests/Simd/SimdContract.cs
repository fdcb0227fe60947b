using MnistGpu.Model;
using MnistGpu.Simd;
using MnistGpu.Simd.Vectors;
using MnistGpu.Tests.Contract;

namespace MnistGpu.Tests.Simd;

/// <summary>The engine as the program makes it: this machine's widest vectors, a plan by shape and batch.</summary>
public sealed class SimdContract : FullEngineContract
{
    private protected override INetworkEngine Create(NetworkShape shape) => SimdEngine.Create(shape);
}

/// <summary>
/// Both plans with every width of vector, whatever the shape. Without the hardware for a width, the runtime emulates
/// it.
/// </summary>
public abstract class ForcedSimdContract(int width, int plan) : FullEngineContract
{
    private protected override INetworkEngine Create(NetworkShape shape) =>
        SimdEngine.Create(shape, 2, (VectorWidth)width, (StepKind)plan);
}

public sealed class SimdContract512ByImages() : ForcedSimdContract(16, 0);

public sealed class SimdContract512ByProducts() : ForcedSimdContract(16, 1);

public sealed class SimdContract256ByImages() : ForcedSimdContract(8, 0);

public sealed class SimdContract256ByProducts() : ForcedSimdContract(8, 1);

public sealed class SimdContract128ByImages() : ForcedSimdContract(4, 0);

public sealed class SimdContract128ByProducts() : ForcedSimdContract(4, 1);

public sealed class SimdContractScalarByImages() : ForcedSimdContract(1, 0);

public sealed class SimdContractScalarByProducts() : ForcedSimdContract(1, 1);
