using MnistGpu.Model;
using MnistGpu.Reference;

namespace MnistGpu.Tests.Contract;

public sealed class ReferenceContract : FullEngineContract
{
    private protected override INetworkEngine Create(NetworkShape shape) => new ReferenceEngine(shape);
}
