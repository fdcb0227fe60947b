using ILGPU;
using ILGPU.Runtime;
using MnistGpu.Bench.Gpu.Running;
using MnistGpu.Bench.Gpu.Stages;
using MnistGpu.Bench.Measuring;
using MnistGpu.Bench.Operations;
using MnistGpu.Bench.Peers;
using MnistGpu.Gpu.Kernels;
using MnistGpu.Gpu.Kernels.Products;
using MnistGpu.Simd;
using MnistGpu.Tests.Support;

namespace MnistGpu.Tests.Bench;

/// <summary>What the stages judge by: a wrong product, and a peer that does other work, are found.</summary>
[Collection(GpuDevices.CpuCollection)]
public sealed class GpuStagesTests(GpuDevices devices)
{
    private readonly GoalJob goal = GoalJob.All[2];

    [Theory]
    [InlineData(ProductKind.WeightsTimesActivations)]
    [InlineData(ProductKind.TransposedWeightsTimesErrors)]
    [InlineData(ProductKind.ErrorsTimesActivations)]
    public void SamplesOfAProductTellARightOneFromAWrongOne(object kind)
    {
        using var product = new SampledProduct(devices.Cpu, (ProductKind)kind, rows: 7, inner: 5, m: 9);
        Assert.Null(product.Fault(new Naive()));
        Assert.StartsWith("idle: element 0, 0 is NaN", product.Fault(new IdleRung()), StringComparison.Ordinal);
    }

    [Fact]
    public void ARungThatIsWrongFailsItsCheck() =>
        Assert.Throws<ExpectationException>(() => new RungCheck(devices.Cpu).Run(new IdleRung(), 3, 7, 5));

    [Theory]
    [InlineData(1, true)]
    [InlineData(1.001, false)]
    public void APeerIsComparedOnlyWhereItDoesTheSameWork(double factor, bool isEqual)
    {
        Assert.SkipUnless(HasTorch(), "needs a Python with PyTorch: Debian's python3-torch");
        using var folder = new TemporaryFolder();
        using var context = new StageContext(folder.Path, "cpu", "synthetic", 60);
        var job = goal.With(16);
        using (var loop = new TrainingLoop(SimdEngine.Create(job.Shape, 1), job, context.Data.Train))
        {
            loop.Run(10);
            var set = job.Of(context.Data.Train);
            var loss = factor * loop.Engine.Evaluate(set.X.Span, set.Labels.Span).MeanLoss;
            var ours = new GoalResult(job.Images, job.Batch, Spread.From([1.0]), null, 1, 1, 1, loss, loss, "");
            new StageRecord(GoalsStage.Name)
            {
                Pieces = [new(goal.Name, PieceState.Done) { Values = StageRecord.Tree(ours) }],
            }.Save(folder.Path);
        }

        context.Begin(0.01, 0.5);
        using var peer = TorchPeer.Start(context);
        var output = peer.Train(context, goal, graph: false);
        Assert.Equal(isEqual, output.Fault is null);
        if (isEqual)
        {
            Assert.EndsWith("×", Assert.Single(output.Rows)[^1], StringComparison.Ordinal);
        }
        else
        {
            Assert.Contains("no ratio, the work is not equal", output.Fault, StringComparison.Ordinal);
            Assert.Empty(output.Rows);
        }
    }

    /// <summary>A command that takes what it likes waits for all of the proof.</summary>
    [Fact]
    public void WhatIsNotProvenKeepsTheProofFromBeingWhole()
    {
        using var folder = new TemporaryFolder();
        using var context = new StageContext(folder.Path, "cpu", "synthetic", 60);
        PieceRecord[] all =
        [
            .. ProductLadder.Rungs.Select(rung => new PieceRecord($"product by {rung.Name}",
                rung.Refusal(devices.Cpu.Accelerator) is null ? PieceState.Done : PieceState.NotRun)),
            new("verify", PieceState.Done), new("a contract", PieceState.Done),
        ];
        Assert.True(IsWhole(all));
        Assert.False(IsWhole([.. all[..^1], all[^1] with { State = PieceState.Failed }]));
        Assert.False(IsWhole([.. all[..^1], all[^1] with { State = PieceState.NotRun, NeedsTime = true }]));
        Assert.False(IsWhole([.. all[..^2], all[^2] with { State = PieceState.NotRun }, all[^1]]));
        Assert.Throws<NotRunException>(() => IsWhole(all[^2..]));

        bool IsWhole(IReadOnlyList<PieceRecord> pieces)
        {
            new StageRecord(ProofStage.Name) { Pieces = pieces }.Save(folder.Path);
            return ProofStage.IsWhole(context);
        }
    }

    private static bool HasTorch()
    {
        try
        {
            return PeerProcess.Find(null).HasTorch;
        }
        catch (UserErrorException)
        {
            return false;
        }
    }

    /// <summary>Launches nothing, so that the result is what was there.</summary>
    private sealed class IdleRung : IProductRung
    {
        public string Name => "idle";

        public ProductMath Math => ProductMath.Full;

        public bool NeedsSm80 => false;

        public bool PrefersFloats(int inputs) => false;

        public int ElementsPerGroup => 1;

        public Type Kernel(ProductKind product) => throw new NotSupportedException();

        public string? Refusal(Accelerator accelerator) => null;

        public long Groups(int rows, int columns) => 1;

        public bool Fits(Index3D grid, int rows, int columns) => true;

        public void Launch(KernelLauncher kernels, in Product product)
        {
        }
    }
}
