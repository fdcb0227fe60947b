using MnistGpu.Bench.Measuring;
using MnistGpu.Bench.Operations;
using MnistGpu.Gpu.Kernels.Products;

namespace MnistGpu.Bench.Gpu.Stages;

/// <summary>A training step that has a goal.</summary>
/// <param name="Job">The step.</param>
/// <param name="Rung">The rung of all products; null for the device's own choice.</param>
internal sealed record GoalJob(TrainingJob Job, string? Rung = null)
{
    // As many as ten batches have: what is attached does not change a step, and the loss over it is soon found.
    private const int FewImages = 10_240;

    private const string Ciresan = "784-2500-2000-1500-1000-500-10";

    /// <summary>The goals, those that matter most first.</summary>
    public static IReadOnlyList<GoalJob> All { get; } =
    [
        new(TrainingJob.Tutorial),
        new(TrainingJob.Tutorial with { Images = 60_000 }),
        new(new TrainingJob("784-128-10", 41_000, 128, Start.He, 0.1)),
        new(new TrainingJob("784-800-800-10", 41_000, 256, Start.He, 0.1)),
        new(TrainingJob.Modern),
        new(new TrainingJob(Ciresan, FewImages, 1024, Start.He, 0.01)),
        new(new TrainingJob(Ciresan, FewImages, 1024, Start.He, 0.01), ProductNames.NameOf(ProductMath.Tf32)),
    ];

    /// <summary>Its name on the page.</summary>
    public string Name => Job.Size + (Rung is null ? "" : $", {Rung}");

    /// <summary>
    /// How far the loss after ten steps may be from another side's, as a share. Operands rounded to TF32 are off by
    /// 2⁻¹¹ each, in every product of every step.
    /// </summary>
    public double Tolerance => Rung is null ? 1e-4 : 1e-2;

    /// <summary>The same step with fewer images in it.</summary>
    public TrainingJob With(int m) => Job.Batch == 0 ? Job with { Images = m }
        : Job with { Batch = m, Images = Math.Min(Job.Images, 10 * m) };
}

/// <summary>What a step took.</summary>
/// <param name="Images">Images attached.</param>
/// <param name="Batch">Images in a step, 0 for all.</param>
/// <param name="Seconds">Of a step, many in a row and one wait.</param>
/// <param name="DeviceSeconds">Of its kernels, by the device's own events; null where they were not measured.</param>
/// <param name="Launches">Kernels a step.</param>
/// <param name="Bytes">Bytes that they had to move at least.</param>
/// <param name="Flops">Their floating-point operations.</param>
/// <param name="Loss">The mean loss after ten steps.</param>
/// <param name="SimdLoss">The same by the CPU engine.</param>
/// <param name="Products">How the products were computed.</param>
internal sealed record GoalResult(int Images, int Batch, Spread Seconds, double? DeviceSeconds, double Launches,
    double Bytes, double Flops, double Loss, double SimdLoss, string Products);
