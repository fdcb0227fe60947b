using MnistGpu.Model;

namespace MnistGpu.Tests.Contract;

/// <summary>
/// What every engine owes the trainer, run once per engine: a class that derives from this one says how to make it. The
/// cases stand in <see cref="EngineCases"/>, where the bench has them too.
/// </summary>
public abstract partial class EngineContract
{
    public static TheoryData<string> CaseNames => [.. EngineCases.All.Select(one => one.Name)];

    protected abstract INetworkEngine Create(NetworkShape shape);

    [Theory]
    [MemberData(nameof(CaseNames))]
    public void TheEngineKeepsThe(string contract) => EngineCases.All.Single(one => one.Name == contract).Run(Create);
}
