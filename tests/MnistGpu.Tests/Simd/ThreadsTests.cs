using MnistGpu.Model;
using MnistGpu.Simd;
using MnistGpu.Tests.Support;

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
    public void TheNumberOfThreadsDoesNotShow(string network, int plan)
    {
        var one = Run(network, plan, 1);
        foreach (var threads in (int[])[2, 3, 7])
        {
            var more = Run(network, plan, threads);
            Agreement.SameBits(one.State, more.State);
            Assert.Equal(one.Totals, more.Totals);
            Assert.Equal(one.Evaluated, more.Evaluated);
            Assert.Equal(one.Gradients.dW, more.Gradients.dW);
            Assert.Equal(one.Gradients.db, more.Gradients.db);
        }
    }

    [Theory]
    [InlineData("784-10-10", 41000, nameof(Plan.ByImages))]
    [InlineData("784-64-10", 128, nameof(Plan.ByImages))]
    [InlineData("784-128-10", 128, nameof(Plan.ByProducts))]
    [InlineData("784-10-10", 10, nameof(Plan.ByProducts))]
    [InlineData("784-800-800-10", 256, nameof(Plan.ByProducts))]
    [InlineData("784-800-800-10", 60000, nameof(Plan.ByProducts))]
    public void ThePlanFollowsShapeAndBatch(string network, int m, string expected) =>
        Assert.Equal(expected, Plans.Choose(NetworkShape.Parse(network), m).ToString());

    [Theory]
    [InlineData(-1)]
    [InlineData(1025)]
    public void ANumberOfThreadsThatCannotBeIsRefused(int threads) =>
        Assert.Throws<UserErrorException>(() => new SimdEngine(NetworkShape.Parse("4-2"), threads));

    [Fact]
    public void TheDescriptionNamesThreadsAndVectors()
    {
        using var engine = new SimdEngine(NetworkShape.Parse("4-2"), 3);
        Assert.Matches(@"^\S.*, 3 threads, (no vectors|(128|256|512)-bit vectors)$", engine.Description);
        Assert.Equal("simd", engine.Name);
    }

    private static (NetworkState State, Totals Totals, Totals Evaluated, Gradients Gradients) Run(string network, int plan, int threads)
    {
        var shape = NetworkShape.Parse(network);
        var (X, labels) = BlankBlocksTests.Blots(shape, M);
        using var engine = new SimdEngine(shape, threads, VectorWidths.Widest, (Plan)plan);
        engine.Load(Initialization.Draw(shape, Start.Uniform, 9));
        engine.Attach(X, labels);
        int[] batch = [.. Enumerable.Range(0, 333).Select(i => i * 7 % M)];
        for (var step = 0; step < 3; step++)
        {
            engine.Step(new UpdateRule(0.1));
            engine.Step(batch, new UpdateRule(0.1));
        }

        return (engine.Save(), engine.ReadTotals(), engine.Evaluate(X, labels), engine.ComputeGradients(batch));
    }
}
