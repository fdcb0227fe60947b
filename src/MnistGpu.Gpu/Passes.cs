using ILGPU;
using MnistGpu.Gpu.Kernels;
using MnistGpu.Gpu.Kernels.Fused;
using MnistGpu.Gpu.Kernels.Products;
using MnistGpu.Gpu.Memory;
using MnistGpu.Gpu.Tuning;
using MnistGpu.Model;

namespace MnistGpu.Gpu;

/// <summary>
/// The equations of the forward and the backward pass, as launches: one per equation and layer, or several equations
/// in one where there is a <see cref="Fusion"/>. Waits for nothing.
/// </summary>
internal sealed class Passes(
    KernelLauncher kernels, NetworkShape shape, NetworkBuffers net, WorkPlan plan, DeviceDeformer deformer,
    ProductChoice products, Fusion? fusion)
{
    private readonly ImageSums sums = new(kernels, shape, net, plan, fusion);

    private int L => shape.Layers;

    /// <summary>Which rungs its products take.</summary>
    public PassRungs Rungs { get; } = new(kernels, shape, plan, products, fusion is { TakesOutputLayer: true });

    /// <summary>
    /// dθ over the images, chunk by chunk, with what regularizes in this epoch; their loss and hits are added to
    /// <paramref name="totals"/> unless that is empty. Each sum is multiplied by <paramref name="scale"/>, usually 1/m.
    /// Where the slices of dθ can be left to be added up together with
    /// the update, returns them; they and their image totals are then not added up yet.
    /// </summary>
    public SliceSums? Gradients(
        DeviceImages training, ArrayView<int> images, Regularization regularization, uint epoch,
        ArrayView<float> totals, ArrayView<float> dTheta, float scale)
    {
        var m = images.IntLength;
        var masks = new Masks(regularization.Dropout, regularization.Seed, epoch);
        var epsilon = regularization.LabelSmoothing;
        if (fusion is not null && fusion.TakesFusedPasses(regularization, m, plan))
        {
            return FusedPasses(
                fusion.FusedPasses!, deformer.Take(training, images, epoch), training.Labels, images, epsilon, totals,
                scale);
        }

        net.ReserveBackward(Math.Min(m, plan.ChunkImages));
        for (var first = 0; first < m; first += plan.ChunkImages)
        {
            var chunk = images.SubView(first, Math.Min(plan.ChunkImages, m - first));
            var pixels = deformer.Take(training, chunk, epoch);
            var A0 = Forward(net.Theta, pixels, chunk, masks, TakesOutputLayer ? L - 1 : L);
            if (fusion is not null)
            {
                LossAndErrors(training, chunk, epsilon, masks);
                Backward(pixels, A0, chunk, masks);
                sums.Rows(chunk.IntLength);
                if (chunk.Length == m)
                {
                    return sums.Slices(
                        plan.SliceCount(m), plan.ParameterCount, scale, WorkPlan.ImageTotalsSliceCount(m), totals);
                }

                sums.AddToTotals(chunk.IntLength, totals);
            }
            else
            {
                if (totals.IsValid)
                {
                    AddTotals(training, chunk, totals, epsilon);
                }

                Errors(training, chunk, epsilon);
                Backward(pixels, A0, chunk, masks);
                sums.Rows(chunk.IntLength);
            }

            kernels.Launch(plan.ParameterCount, new SumOfSlices(
                net.Slices, dTheta, plan.SliceCount(chunk.IntLength), plan.ParameterCount, scale, first > 0 ? 1 : 0));
        }

        return null;
    }

    private void Multiply(in Product product) => products.For(product).Launch(kernels, product);

    /// <summary>
    /// A0 = X/255; Zl = Wl·A(l−1) + bl; Al = f(Zl) in the hidden layers, masked by dropout. Leaves ZL in A[L − 1].
    /// </summary>
    public void Forward(ParameterBuffer theta, DeviceImages source, ArrayView<int> images) =>
        Forward(theta, new Pixels(source.X, images), images, default, L);

    /// <summary>
    /// The same of the first so many layers; returns A0 as floats where the products want them, else an empty view.
    /// </summary>
    private ArrayView<float> Forward(
        ParameterBuffer theta, Pixels pixels, ArrayView<int> images, Masks masks, int layers)
    {
        var m = images.IntLength;
        net.ReserveForward(m);
        var A0 = Floats(pixels, m);
        for (var l = 0; l < layers; l++)
        {
            int rows = shape.Out(l), columns = shape.In(l);
            ArrayView<float> W = theta.W[l], b = theta.b[l];
            Multiply(l == 0 && !A0.IsValid
                ? Product.WeightsTimesPixels(
                    W, pixels.X, pixels.Columns, net.A[0], rows, columns, Activated(b, l))
                : Product.WeightsTimesActivations(
                    W, l == 0 ? A0 : net.A[l - 1], net.A[l], rows, columns, m, Activated(b, l)));
            if (fusion is null)
            {
                Activate(b, l, m);
            }

            if (l < L - 1)
            {
                Drop(net.A[l], l, images, masks);
            }
        }

        return A0;
    }

    private ArrayView<float> Floats(Pixels pixels, int m)
    {
        if (!Rungs.WantsFloats(m))
        {
            return default;
        }

        var A0 = net.ReserveA0(m);
        kernels.Launch(PixelsToFloats.ThreadsPerImage(shape.Inputs) * m,
            new PixelsToFloats(pixels.X, pixels.Columns, A0, shape.Inputs));
        return A0;
    }

    /// <summary>Al = f(Zl + bl) in the hidden layers, Zl + bl in the last, in place.</summary>
    private void Activate(ArrayView<float> b, int l, int m)
    {
        var rows = shape.Out(l);
        if (l == L - 1)
        {
            kernels.Launch(rows * m, new AddBias(b, net.A[l], rows));
        }
        else
        {
            kernels.Launch(rows * m, new BiasActivation(net.A[l], b, net.A[l], rows, shape.Activation));
        }
    }

    /// <summary>The same in the product's last step, or nothing there without fusion.</summary>
    private Epilogue Activated(ArrayView<float> b, int l) => fusion is null ? default
        : l == L - 1 ? Epilogue.Bias(b)
        : Epilogue.Activate(shape.Activation, b);

    /// <summary>AL = softmax(ZL), into dZ[L − 1].</summary>
    public void Softmax(int m) => kernels.Launch(m, new Softmax(net.A[^1], net.dZ[^1], shape.Outputs));

    /// <summary>
    /// loss = Σ −ln AL[label], with smoothed labels where ε is above 0, and the hits, added to
    /// <paramref name="totals"/>.
    /// </summary>
    public void AddTotals(DeviceImages source, ArrayView<int> images, ArrayView<float> totals, double epsilon = 0)
    {
        var m = images.IntLength;
        kernels.Launch(
            m, new CrossEntropy(net.A[^1], source.Labels, images, net.ImageTotals, shape.Outputs, (float)epsilon));
        kernels.Launch(m, new Hits(net.A[^1], source.Labels, images, net.ImageTotals, shape.Outputs));
        sums.SumImageTotals(m);
        sums.AddToTotals(m, totals);
    }

    /// <summary>The whole passes in one launch.</summary>
    private SliceSums FusedPasses(
        SmallNetworkStep step, Pixels pixels, ArrayView<byte> labels, ArrayView<int> images, double epsilon,
        ArrayView<float> totals, float scale)
    {
        var slices = step.SliceCount(images.IntLength);
        net.ReserveSlices(slices, step.Stride);
        step.Launch(net.Theta.View, pixels, labels, images, (float)epsilon, net.Slices, net.ImageTotalsSlices);
        return sums.Slices(slices, step.Stride, scale, slices, totals);
    }

    private bool TakesOutputLayer => fusion is { TakesOutputLayer: true };

    /// <summary>
    /// dZL = AL − Y, and each image's loss and hit, in one launch; together with the last layer's products where that
    /// is one.
    /// </summary>
    private void LossAndErrors(DeviceImages training, ArrayView<int> images, double epsilon, Masks masks)
    {
        var m = images.IntLength;
        if (TakesOutputLayer)
        {
            var columns = shape.In(L - 1);
            var last = new OutputLayer(
                net.Theta.W[^1], net.Theta.b[^1], net.A[^2], training.Labels, images, net.dZ[^1], net.dZ[^2],
                net.ImageTotals, shape.Outputs, columns, m, OutputLayer.Lanes(columns), (float)epsilon,
                ActivationFunctions.Number(shape.Activation),
                ActivationFunctions.Factor(shape.Activation, masks.Dropout));
            kernels.LaunchGroups(last.Groups, last);
            return;
        }

        kernels.Launch(m, new SoftmaxLossErrors(
            net.A[^1], training.Labels, images, net.dZ[^1], net.ImageTotals, shape.Outputs, (float)epsilon));
    }

    /// <summary>dZL = AL − Y.</summary>
    private void Errors(DeviceImages training, ArrayView<int> images, double epsilon)
    {
        var m = images.IntLength;
        Softmax(m);
        var other = epsilon / shape.Outputs;
        kernels.Launch(shape.Outputs * m, new OutputErrors(
            net.dZ[^1], training.Labels, images, net.dZ[^1], shape.Outputs, (float)(1 - epsilon + other),
            (float)other));
    }

    /// <summary>
    /// dWl = dZl·A(l−1)ᵀ, in slices; dA(l−1) = Wlᵀ·dZl, which becomes dZ(l−1).
    /// </summary>
    private void Backward(Pixels pixels, ArrayView<float> A0, ArrayView<int> images, Masks masks)
    {
        var m = images.IntLength;
        int slice = plan.SliceImages, stride = plan.ParameterCount;
        for (var l = L - 1; l >= 0; l--)
        {
            int rows = shape.Out(l), columns = shape.In(l);
            if (l == 0 && A0.IsValid)
            {
                Multiply(Product.ErrorsTimesActivations(
                    net.dZ[0], A0, net.SlicesOfW(0), rows, columns, m, slice, stride));
            }
            else if (l == 0)
            {
                Multiply(Product.ErrorsTimesPixels(
                    net.dZ[0], pixels.X, pixels.Columns, net.SlicesOfW(0), rows, columns, slice, stride));
            }
            else
            {
                Multiply(Product.ErrorsTimesActivations(
                    net.dZ[l], net.A[l - 1], net.SlicesOfW(l), rows, columns, m, slice, stride));
                if (l < L - 1 || !TakesOutputLayer)
                {
                    Multiply(Product.TransposedWeightsTimesErrors(
                        net.Theta.W[l], net.dZ[l], net.dZ[l - 1], rows, columns, m, Derived(l - 1, masks)));
                }

                if (fusion is null)
                {
                    Derivative(l - 1, images, masks);
                }
                else if (!shape.Activation.ZeroHasNoSlope())
                {
                    Drop(net.dZ[l - 1], l - 1, images, masks);
                }
            }
        }
    }

    /// <summary>
    /// dZl = dAl ⊙ M/(1 − p) ⊙ f′(Zl), in place. Where A = 0 has no slope, as in ReLU, the masks are not drawn
    /// again.
    /// </summary>
    private void Derivative(int l, ArrayView<int> images, Masks masks)
    {
        var count = shape.Out(l) * images.IntLength;
        if (!shape.Activation.ZeroHasNoSlope())
        {
            Drop(net.dZ[l], l, images, masks);
        }

        kernels.Launch(count, new ActivationDerivative(
            net.dZ[l], net.A[l], net.dZ[l], shape.Activation, masks.Dropout));
    }

    /// <summary>f′ in the product's last step, or nothing there without fusion.</summary>
    private Epilogue Derived(int l, Masks masks) => fusion is null ? default
        : Epilogue.Differentiate(shape.Activation, net.A[l], masks.Dropout);

    /// <summary>A := A ⊙ M/(1 − p), for Al and dAl alike.</summary>
    private void Drop(ArrayView<float> A, int l, ArrayView<int> images, Masks masks)
    {
        if (masks.Dropout.Threshold == 0)
        {
            return;
        }

        var rows = shape.Out(l);
        kernels.Launch(DropUnits.ThreadsPerImage(rows) * images.IntLength, new DropUnits(
            A, images, rows, l, masks.Dropout.Threshold, (float)masks.Dropout.Scale, masks.Seed, masks.Epoch));
    }

    /// <summary>The masks M of one epoch; by default there are none, as in the network's answers.</summary>
    public readonly record struct Masks(Dropout Dropout, ulong Seed, uint Epoch);
}
