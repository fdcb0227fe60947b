using MnistGpu.Model;
using MnistGpu.Ranks;

namespace MnistGpu.Tests.Ranks;

/// <summary>What several ranks cannot share; what they can is tested by trainings.</summary>
public sealed class PartedStepsTests
{
    [Fact]
    public void MoreBytesThanAMessageCountsAreRefused()
    {
        var large = new Length((1L << 28) + 1);
        Assert.NotNull(new PartedSteps(large, 2, OneRank.Instance));
        var e = Assert.Throws<UserErrorException>(() => ThreadRanks.Run(2, ranks => new PartedSteps(large, 2, ranks)));
        Assert.Contains("found    : 1,073,741,828", e.Message, StringComparison.Ordinal);
        Assert.NotEmpty(ThreadRanks.Run(2, ranks => new PartedSteps(new Length(1L << 28), 2, ranks)));
    }

    /// <summary>The pieces of an engine of which only the number of parameters is asked.</summary>
    private sealed class Length(long length) : IStepParts
    {
        long IStepParts.Length => length;

        public int ElementBytes => sizeof(float);

        public string Arithmetic => throw new NotSupportedException();

        public int Attached => throw new NotSupportedException();

        public void SumGradients(int sums, int first, int count, uint epoch) => throw new NotSupportedException();

        public void ReadTotals(Span<Totals> totals) => throw new NotSupportedException();

        public void Add(int to, int from, long at, long count) => throw new NotSupportedException();

        public void Read(StepArray array, long at, Span<byte> elements) => throw new NotSupportedException();

        public void Write(StepArray array, long at, ReadOnlySpan<byte> elements) => throw new NotSupportedException();

        public void SumSquares(int sums, long at, long count, int images, Span<double> blocks) =>
            throw new NotSupportedException();

        public void Update(int sums, long at, long count, int images, UpdateRule rule, double factor) =>
            throw new NotSupportedException();

        public void EndStep(UpdateRule rule) => throw new NotSupportedException();
    }
}
