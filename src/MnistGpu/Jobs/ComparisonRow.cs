using MnistGpu.Gpu.Kernels.Products;

namespace MnistGpu.Program.Jobs;

/// <summary>One engine's figures for one job.</summary>
/// <param name="Device">What --device calls it.</param>
/// <param name="Fused">Whether its kernels were fused; null where it has none.</param>
/// <param name="Products">How its kernels computed the products; null likewise.</param>
/// <param name="MillisecondsCompile">Making the engine and the first step, less an ordinary step: compilation and first allocations.</param>
/// <param name="MillisecondsUpload">Loading the parameters and attaching the images.</param>
/// <param name="MillisecondsPerStep">The median over the steps.</param>
/// <param name="ImagesPerSecond">Images in a step over that median.</param>
/// <param name="GigaflopsPerSecond">The products' operations over that median, a multiply-add as two.</param>
/// <param name="LaunchesPerStep">Kernels launched in a step; null for engines without kernels.</param>
/// <param name="BytesPerStep">Bytes that these kernels have to move at least; null likewise.</param>
/// <param name="Accuracy">On the images, as the last step saw them: what rounded products change.</param>
/// <param name="RatioToSimd">Speed relative to simd on the same job; null where simd did not run.</param>
/// <param name="LargestDifference">The largest parameter difference to the reference after all steps, relative to the largest parameter of its tensor; null where the reference did not run.</param>
internal sealed record ComparisonRow(
    string Device, bool? Fused, string? Products, double MillisecondsCompile, double MillisecondsUpload, double MillisecondsPerStep, double ImagesPerSecond, double GigaflopsPerSecond,
    double? LaunchesPerStep, double? BytesPerStep, double Accuracy, double? RatioToSimd, double? LargestDifference)
{
    /// <summary>The device, and what about its kernels was not left at its default.</summary>
    public string Label => $"{Device}{(Fused == false ? " unfused" : "")}{(Products is null || Products.StartsWith(ProductChoice.Auto, StringComparison.Ordinal) ? "" : $" {Products}")}";
}

/// <summary>Engines that ran the same job: only these are compared with each other.</summary>
internal sealed record ComparisonGroup(int Images, IReadOnlyList<ComparisonRow> Rows);
