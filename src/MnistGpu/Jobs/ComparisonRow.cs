using MnistGpu.Gpu.Tuning;

namespace MnistGpu.Program.Jobs;

/// <summary>One engine's figures for one job, in the order that JSON has them.</summary>
internal sealed record ComparisonRow
{
    /// <summary>What --device calls it.</summary>
    public required string Device { get; init; }

    /// <summary>Whether its kernels were fused; null where it has none.</summary>
    public required bool? Fused { get; init; }

    /// <summary>How its kernels computed the products; null likewise.</summary>
    public required string? Products { get; init; }

    /// <summary>
    /// Making the engine and the first step, less an ordinary step: compilation and first allocations.
    /// </summary>
    public required double MillisecondsCompile { get; init; }

    /// <summary>Loading the parameters and attaching the images.</summary>
    public required double MillisecondsUpload { get; init; }

    /// <summary>The median over the steps.</summary>
    public required double MillisecondsPerStep { get; init; }

    /// <summary>Images in a step over that median.</summary>
    public required double ImagesPerSecond { get; init; }

    /// <summary>The products' operations over that median, a multiply-add as two.</summary>
    public required double GigaflopsPerSecond { get; init; }

    /// <summary>Kernels launched in a step; null for engines without kernels.</summary>
    public required double? LaunchesPerStep { get; init; }

    /// <summary>Bytes that these kernels have to move at least; null likewise.</summary>
    public required double? BytesPerStep { get; init; }

    /// <summary>On the images, as the last step saw them: what rounded products change.</summary>
    public required double Accuracy { get; init; }

    /// <summary>Speed relative to simd on the same job; null where simd did not run.</summary>
    public double? RatioToSimd { get; init; }

    /// <summary>
    /// The largest parameter difference to the reference after all steps, relative to the largest parameter of its
    /// tensor; null where the reference did not run.
    /// </summary>
    public double? LargestDifference { get; init; }

    /// <summary>The device, and what about its kernels was not left at its default.</summary>
    public string Label
    {
        get
        {
            var isAuto = Products is null || Products.StartsWith(ProductChoice.Auto, StringComparison.Ordinal);
            return $"{Device}{(Fused == false ? " unfused" : "")}{(isAuto ? "" : $" {Products}")}";
        }
    }
}

/// <summary>Engines that ran the same job: only these are compared with each other.</summary>
internal sealed record ComparisonGroup(int Images, IReadOnlyList<ComparisonRow> Rows);
