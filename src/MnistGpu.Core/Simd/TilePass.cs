using MnistGpu.Model;
using MnistGpu.Simd.Kernels;
using MnistGpu.Simd.Memory;
using MnistGpu.Simd.Vectors;

namespace MnistGpu.Simd;

/// <summary>
/// The whole network on one tile of 64 images, by one worker: forward, and backward into a buffer of gradient sums.
/// Everything between the bytes and the gradients stays in this worker's cache.
/// </summary>
internal sealed unsafe class TilePass<V, O> : IDisposable
    where V : struct
    where O : struct, IVectorOps<V>
{
    private const int Lanes = ImageTile.Size;

    private readonly ParameterLayout layout;
    private readonly AlignedBuffer[] A;
    private readonly AlignedBuffer?[] dZ;
    private readonly AlignedBuffer scratch;
    private readonly AlignedBuffer blocks = new(Lanes * sizeof(long));
    private AlignedBuffer? transposed;

    /// <summary>Takes the memory for a network.</summary>
    public TilePass(ParameterLayout layout)
    {
        this.layout = layout;
        Tile = new ImageTile(layout.Order);
        A = new AlignedBuffer[layout.Shape.Layers];
        dZ = new AlignedBuffer?[A.Length];
        for (var layer = 0; layer < A.Length; layer++)
        {
            A[layer] = AlignedBuffer.OfFloats((long)ParameterLayout.Rows(layout.Shape.Out(layer)) * Lanes);
        }

        scratch = AlignedBuffer.OfFloats(
            Math.Max(FirstLayer<V, O>.ScratchLength(layout), TileProducts<V, O>.PackedLength));
    }

    /// <summary>The images.</summary>
    public ImageTile Tile { get; }

    /// <summary>
    /// [outputs × 64]: ZL after <see cref="Forward"/>, AL after <see cref="Softmax"/>, dZL after <see cref="Loss"/>.
    /// </summary>
    public float* Top => A[^1].Floats;

    /// <summary>Zl = Wl·A(l−1) + bl, Al = f(Zl) and dropout, up to ZL.</summary>
    /// <param name="parameters">W and b, as the layout has them.</param>
    /// <param name="dropout">Whose masks the hidden layers get.</param>
    public void Forward(float* parameters, in StepDropout dropout)
    {
        var shape = layout.Shape;
        for (var part = 0; part < layout.Parts; part++)
        {
            FirstLayer<V, O>.Forward(layout, parameters, Tile, part, A[0].Floats, scratch.Floats);
        }

        Drop(0, dropout, A[0].Floats);

        for (var layer = 1; layer < shape.Layers; layer++)
        {
            TileProducts<V, O>.Forward(parameters + layout.W(layer), layout.RowLength(layer),
                parameters + layout.b(layer),
                A[layer - 1].Floats, shape.In(layer), A[layer].Floats, 0, shape.Out(layer), layout.Activation(layer));
            Drop(layer, dropout, A[layer].Floats);
        }
    }

    /// <summary>AL = softmax(ZL).</summary>
    public void Softmax() => OutputLayer<V, O>.Softmax(Top, layout.Shape.Outputs);

    /// <summary>
    /// Loss and hits of the tile; dZL = AL − Y where <paramref name="backward"/>, Y smoothed by
    /// <paramref name="epsilon"/>.
    /// </summary>
    public TileTotals Loss(bool backward, float epsilon = 0) =>
        OutputLayer<V, O>.Loss(Top, layout.Shape.Outputs, Tile.Labels, Tile.Count, backward, epsilon, scratch.Floats);

    /// <summary>
    /// Adds the tile's dWl and dbl, not yet divided by m (nor dW1 by 255), to sums in the parameters' layout.
    /// </summary>
    /// <param name="parameters">W and b, as the layout has them.</param>
    /// <param name="dropout">As it was given to <see cref="Forward"/>.</param>
    /// <param name="sums">Receives them.</param>
    public void Backward(float* parameters, in StepDropout dropout, float* sums)
    {
        var shape = layout.Shape;
        var d = Top;
        for (var layer = shape.Layers - 1; layer > 0; layer--)
        {
            var below = (dZ[layer - 1] ??= AlignedBuffer.OfFloats(A[layer - 1].Length / sizeof(float))).Floats;
            TileProducts<V, O>.Gradient(d, shape.Out(layer), A[layer - 1].Floats, shape.In(layer),
                sums + layout.W(layer), layout.RowLength(layer), scratch.Floats);
            TileProducts<V, O>.RowSums(d, shape.Out(layer), sums + layout.b(layer), scratch.Floats);
            TileProducts<V, O>.Backward(parameters + layout.W(layer), layout.RowLength(layer), tiles: 1, d, apart: 0,
                shape.Out(layer), A[layer - 1].Floats, below, apartBelow: 0, from: 0, shape.In(layer), scratch.Floats,
                shape.Activation, dropout.Scale);
            if (!shape.Activation.ZeroHasNoSlope())
            {
                Drop(layer - 1, dropout, below);
            }

            d = below;
        }

        TileProducts<V, O>.RowSums(d, shape.Out(0), sums + layout.b(0), scratch.Floats);
        Tile.FindImagesPerPlace();
        transposed ??= AlignedBuffer.OfFloats(FirstLayer<V, O>.TransposedLength(layout));
        for (var part = 0; part < layout.Parts; part++)
        {
            FirstLayer<V, O>.Transpose(layout, part, d, transposed.Floats);
            FirstLayer<V, O>.Gradient(layout, Tile, part, d, transposed.Floats, sums + layout.PartStart(part),
                (byte**)blocks.Words, 0, Tile.Places);
        }
    }

    private void Drop(int layer, in StepDropout dropout, float* A)
    {
        if (dropout.Drops && layer < layout.Shape.Layers - 1)
        {
            dropout.Apply(layer, Tile, A, 0, layout.Shape.Out(layer));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Tile.Dispose();
        foreach (var buffer in A)
        {
            buffer.Dispose();
        }

        foreach (var buffer in dZ)
        {
            buffer?.Dispose();
        }

        transposed?.Dispose();
        scratch.Dispose();
        blocks.Dispose();
    }
}
