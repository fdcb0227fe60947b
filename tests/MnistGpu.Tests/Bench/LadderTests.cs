using MnistGpu.Bench.Ladder;
using MnistGpu.Bench.Measuring;
using MnistGpu.Bench.Operations;
using MnistGpu.Data;
using MnistGpu.Data.Synthetic;
using MnistGpu.Model;
using MnistGpu.Reference;

namespace MnistGpu.Tests.Bench;

/// <summary>Nothing is timed that is wrong.</summary>
public sealed class LadderTests
{
    [Theory]
    [InlineData(1.0, false)]
    [InlineData(1.001, true)]
    [InlineData(double.NaN, true)]
    public void AProductThatIsOffFailsAndIsNotTimed(double factor, bool fails)
    {
        var rows = new LadderRows([new SkewedDevice(factor)], NoImages, "Z = W·A 32 × 128", 0.001).Run().ToArray();
        var row = Assert.Single(rows);
        Assert.Equal(fails, row.Failure is not null);
        Assert.Equal(fails, row.Seconds is null);
        Assert.Equal(!fails, row.Check!.Value.Passed);
    }

    [Fact]
    public void AStepThatUpdatesTooFarFails()
    {
        var job = TrainingJob.Smaller[0];
        var images = Images(job.Images);
        var reference = new StepReference(job, images);
        using var right = new TrainingLoop(new ReferenceEngine(job.Shape), job, images);
        Assert.True(reference.Verify(right).Passed);

        using var wrong = new TrainingLoop(new ReferenceEngine(job.Shape), job with { Alpha = job.Alpha * 1.01 },
            images);
        Assert.False(reference.Verify(wrong).Passed);
    }

    [Fact]
    public void ASetWithTooFewImagesIsRefused()
    {
        var e = Assert.Throws<UserErrorException>(() => TrainingJob.Tutorial.Of(Images(3)));
        Assert.Contains("41,000", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("simd AMD EPYC 7R13 (48C)", "simd-amd-epyc-7r13-48c")]
    [InlineData("cuda:0 ../../NVIDIA\\H200", "cuda-0-nvidia-h200")]
    [InlineData("…", "device")]
    public void ADeviceNameBecomesAFileName(string name, string file) => Assert.Equal(file, Report.FileName(name));

    private static DigitSet NoImages() => throw new InvalidOperationException("No image is needed here.");

    private static DigitSet Images(int count) => SyntheticDigits.Draw(count, 1, SyntheticPart.Train);

    /// <summary>The reference with a factor on what its products give.</summary>
    private sealed class SkewedDevice(double factor) : BenchDevice
    {
        public override string Name => "skewed";

        public override string Model => "test";

        public override string Description => "test";

        public override bool IsSlow => true;

        public override INetworkEngine Engine(NetworkShape shape, int threads = 0) => new ReferenceEngine(shape);

        public override Operation Product(KnownProduct product, string rung) =>
            new ReferenceOperation(product.Flops, 0, () => { },
            () => Check.Compare(product.Expected, [.. product.Expected.Select(v => v * factor)], product.Bound));

        public override Operation Softmax(SoftmaxColumns columns) => ReferenceOperation.Create(columns);

        public override Operation Update(ParameterUpdate update) => ReferenceOperation.Create(update);
    }
}
