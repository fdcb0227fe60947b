using MnistGpu.Model;
using MnistGpu.Simd;
using MnistGpu.Simd.Vectors;

namespace MnistGpu.Tests.Simd;

/// <summary>Any number of threads gives the same bits: parameters, totals, gradients, evaluations.</summary>
public sealed class ThreadsTests
{
    private const int M = 2600;

    [Theory]
    [InlineData("784-10-10", 0)]
    [InlineData("784-10-10", 1)]
    [InlineData("100-70-33-5", 0)]
    [InlineData("100-70-33-5", 1)]
    [InlineData("30-4", 0)]
    [InlineData("30-4", 1)]
    public void TheNumberOfThreadsDoesNotShow(string network, int plan) =>
        Same(NetworkShape.Parse(network), plan, new UpdateRule(0.1), Regularization.None);

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 0)]
    [InlineData(0, 0.3)]
    [InlineData(1, 0.3)]
    public void NorWithEverythingOn(int plan, double clip) =>
        Same(NetworkShape.Parse("100-70-33-5").With(Activation.ScaledTanh), plan,
        new UpdateRule(1e-2, Optimizer.AdamW) { WeightDecay = 0.01, ClipNorm = clip, Averaging = 0.9 },
        new() { Dropout = new(0.3), LabelSmoothing = 0.1, Deformation = Bent.Everything, Seed = 4 });

    private static void Same(NetworkShape shape, int plan, UpdateRule rule, Regularization regularization)
    {
        var one = Run(shape, plan, 1, rule, regularization);
        foreach (var threads in (int[])[2, 3, 7])
        {
            var more = Run(shape, plan, threads, rule, regularization);
            Agreement.SameBits(one.State, more.State);
            Assert.Equal(one.Totals, more.Totals);
            Assert.Equal(one.Evaluated, more.Evaluated);
            Assert.Equal(one.Gradients.dW, more.Gradients.dW);
            Assert.Equal(one.Gradients.db, more.Gradients.db);
        }
    }

    [Theory]
    [InlineData("784-10-10", 41000, nameof(StepKind.ByImages))]
    [InlineData("784-64-10", 128, nameof(StepKind.ByImages))]
    [InlineData("784-128-10", 128, nameof(StepKind.ByProducts))]
    [InlineData("784-10-10", 10, nameof(StepKind.ByProducts))]
    [InlineData("784-800-800-10", 256, nameof(StepKind.ByProducts))]
    [InlineData("784-800-800-10", 60000, nameof(StepKind.ByProducts))]
    public void ThePlanFollowsShapeAndBatch(string network, int m, string expected) =>
        Assert.Equal(expected, StepKinds.Choose(NetworkShape.Parse(network), m).ToString());

    [Theory]
    [InlineData(-1)]
    [InlineData(1025)]
    public void ANumberOfThreadsThatCannotBeIsRefused(int threads) =>
        Assert.Throws<UserErrorException>(() => SimdEngine.Create(NetworkShape.Parse("4-2"), threads));

    [Fact]
    public void TheDescriptionNamesThreadsAndVectors()
    {
        using var engine = SimdEngine.Create(NetworkShape.Parse("4-2"), 3);
        Assert.Matches(@"^\S.*, 3 threads, (no vectors|(128|256|512)-bit vectors)$", engine.Description);
        Assert.Equal("simd", engine.Name);
    }

    private static (NetworkState State, Totals Totals, Totals Evaluated, Gradients Gradients) Run(NetworkShape shape,
        int plan, int threads, UpdateRule rule, Regularization regularization)
    {
        var (X, labels) = BlankBlocksTests.Blots(shape, M);
        using var engine = SimdEngine.Create(shape, threads, VectorWidths.Widest, (StepKind)plan);
        engine.Load(Initialization.Draw(shape, Start.Uniform, 9));
        engine.Attach(X, labels);
        int[] batch = [.. Enumerable.Range(0, 333).Select(i => i * 7 % M)];
        engine.Regularization = regularization;
        for (var step = 0; step < 3; step++)
        {
            engine.Step(rule);
            engine.Step(batch, rule, 1);
        }

        return (engine.Save(), engine.ReadTotals(), engine.Evaluate(X, labels), engine.ComputeGradients(batch));
    }
}
