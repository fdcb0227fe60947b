using ILGPU;
using MnistGpu.Gpu.Kernels;
using MnistGpu.Gpu.Kernels.Fused;
using MnistGpu.Gpu.Memory;
using MnistGpu.Model;

namespace MnistGpu.Gpu;

/// <summary>What a step sums over its images, as launches: db, losses and hits. Waits for nothing.</summary>
internal sealed class ImageSums(
    KernelLauncher kernels, NetworkShape shape, NetworkBuffers net, WorkPlan plan, Fusion? fusion)
{
    private readonly RowSum[] rows = new RowSum[shape.Layers + 1];

    /// <summary>
    /// dbl = Σ columns of dZl, in slices, of all layers; and the images' loss and hits where steps are fused.
    /// </summary>
    public void Rows(int m)
    {
        int slice = plan.SliceImages, stride = plan.ParameterCount;
        if (fusion is { InGroups: true })
        {
            for (var l = 0; l < shape.Layers; l++)
            {
                rows[l] = new(net.dZ[l], net.SlicesOfb(l), shape.Out(l), m, slice, stride);
            }

            rows[^1] = new(net.ImageTotals, net.ImageTotalsSlices, 2, m, WorkPlan.ImagesPerTotal, 2);
            fusion.RowSums(rows);
            return;
        }

        for (var l = 0; l < shape.Layers; l++)
        {
            kernels.Launch(shape.Out(l) * plan.SliceCount(m),
                new RowSums(net.dZ[l], net.SlicesOfb(l), shape.Out(l), m, slice, stride));
        }

        if (fusion is not null)
        {
            SumImageTotals(m);
        }
    }

    /// <summary>The images' loss and hits, in slices.</summary>
    public void SumImageTotals(int m) =>
        kernels.Launch(2 * WorkPlan.ImageTotalsSliceCount(m),
            new RowSums(net.ImageTotals, net.ImageTotalsSlices, 2, m, WorkPlan.ImagesPerTotal, 2));

    /// <summary>Adds the slices of loss and hits to the totals, unless these are empty.</summary>
    public void AddToTotals(int m, ArrayView<float> totals)
    {
        if (totals.IsValid)
        {
            kernels.Launch(2, new AddToTotals(net.ImageTotalsSlices, totals, WorkPlan.ImageTotalsSliceCount(m)));
        }
    }

    /// <summary>Slices of dθ that are left to be added up together with the update.</summary>
    public SliceSums Slices(int count, int stride, float scale, int totalsSlices, ArrayView<float> totals) => new(
        net.Slices, count, stride, plan.ParameterCount, scale, net.ImageTotalsSlices,
        totals.IsValid ? totalsSlices : 0, totals.IsValid ? totals : net.ImageTotalsSlices);
}
