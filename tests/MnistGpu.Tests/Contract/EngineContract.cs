using MnistGpu.Model;

namespace MnistGpu.Tests.Contract;

/// <summary>
/// What every engine owes the trainer, run once per engine: a class that derives from this one says how to make it. The
/// cases stand in <see cref="EngineCases"/>, where the bench has them too. Here are those that a simulator does in
/// seconds; the others follow in <see cref="FullEngineContract"/>.
/// </summary>
public abstract partial class EngineContract
{
    // 784-10-10 has 7,960, the next larger network of the cases, 784-32-16-10, 25,818.
    private const int MostParameters = 20_000;

    public static TheoryData<string> SmallCases => [.. Names(one => one.Parameters <= MostParameters)];

    public static TheoryData<string> LargeCases => [.. Names(one => one.Parameters > MostParameters)];

    private protected abstract INetworkEngine Create(NetworkShape shape);

    [Theory]
    [MemberData(nameof(SmallCases))]
    public void TheEngineKeepsThe(string contract) => Run(contract);

    private protected void Run(string contract) => EngineCases.All.Single(one => one.Name == contract).Run(Create);

    private static IEnumerable<string> Names(Func<EngineCase, bool> which) =>
        EngineCases.All.Where(which).Select(one => one.Name);
}

/// <summary>The whole contract, for every engine but ILGPU's CPU accelerator.</summary>
public abstract class FullEngineContract : EngineContract
{
    [Theory]
    [MemberData(nameof(LargeCases))]
    public void TheEngineKeepsTheLarge(string contract) => Run(contract);

    [Theory]
    [MemberData(nameof(LongRuns))]
    public void ALongRunInPyTorchIsReproduced(
        string recorded, Activation activation, object rule, double smoothing) =>
        AMinibatchRunInPyTorchIsReproduced(recorded, activation, rule, smoothing);

    [Theory]
    [InlineData(10)]
    [InlineData(100)]
    public void ManyStepsOfTheTutorialInNumPyAreReproduced(int steps) =>
        TheTutorialsRunInNumPyIsReproduced("seed-784-10-10", steps);
}
