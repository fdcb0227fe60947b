using MnistGpu.Model;
using MnistGpu.Simd;
using MnistGpu.Simd.Vectors;

namespace MnistGpu.Tests.Simd;

/// <summary>Counts what the whole process allocates, so nothing else may run beside it.</summary>
[CollectionDefinition(nameof(AllocationTests), DisableParallelization = true)]
[Collection(nameof(AllocationTests))]
public sealed class AllocationTests
{
    [Theory]
    [InlineData("784-20-10", 1, 0, 0, 0, 0)]
    [InlineData("784-70-10", 1, 0, 0, 0, 0)]
    [InlineData("784-20-10", 3, 0, 0, 0, 0)]
    [InlineData("784-70-10", 3, 0, 0, 0, 0)]
    [InlineData("784-20-10", 1, 1, 0, 0, 0)]
    [InlineData("784-70-10", 1, 1, 0, 0, 0)]
    [InlineData("784-20-10", 3, 1, 0, 0, 0)]
    [InlineData("784-70-10", 3, 1, 0, 0, 0)]
    [InlineData("784-20-10", 3, 0, 0.5, 0.9, 0)]
    [InlineData("784-70-10", 3, 0, 0.5, 0.9, 0)]
    [InlineData("784-20-10", 3, 1, 0.5, 0.9, 0)]
    [InlineData("784-70-10", 3, 1, 0.5, 0.9, 0)]
    [InlineData("784-20-10", 3, 0, 0.5, 0.9, 1)]
    [InlineData("784-70-10", 3, 0, 0.5, 0.9, 1)]
    [InlineData("784-20-10", 3, 1, 0.5, 0.9, 1)]
    [InlineData("784-70-10", 3, 1, 0.5, 0.9, 1)]
    public void StepsAndEvaluationsAllocateNothing(
        string network, int threads, int plan, double dropout, double averaging, double clip)
    {
        var shape = NetworkShape.Parse(network);
        const int m = 300;
        var (X, labels) = BlankBlocksTests.Blots(shape, m);
        using var engine = SimdEngine.Create(shape, threads, VectorWidths.Widest, (StepKind)plan);
        engine.Load(Initialization.Draw(shape, Start.Uniform, 9));
        engine.Attach(X, labels);
        var batch = new int[77];
        var AL = new double[m * 10];
        var rule = new UpdateRule(1e-3, Optimizer.Adam) { WeightDecay = 0.01, Averaging = averaging, ClipNorm = clip };
        engine.Regularization = new()
        {
            Dropout = new(dropout),
            LabelSmoothing = 0.1,
            Deformation = dropout > 0 ? Bent.Everything : null,
            Seed = 3
        };
        Steps(20);

        // The runtime's own threads may allocate now and then; a step that did would show in every try.
        var fewest = long.MaxValue;
        for (var attempt = 0; attempt < 5; attempt++)
        {
            var before = GC.GetTotalAllocatedBytes(precise: true);
            Steps(20);
            fewest = Math.Min(fewest, GC.GetTotalAllocatedBytes(precise: true) - before);
        }

        Assert.Equal(0, fewest);

        void Steps(int count)
        {
            for (var i = 0; i < count; i++)
            {
                engine.Step(rule);
                engine.Step(batch, rule);
                engine.ReadTotals();
                engine.Evaluate(X, labels);
                engine.Predict(X, AL);
            }
        }
    }
}
