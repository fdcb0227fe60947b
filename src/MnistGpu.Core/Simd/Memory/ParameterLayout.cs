using MnistGpu.Model;

namespace MnistGpu.Simd.Memory;

/// <summary>
/// Where each parameter lies in the one buffer that holds them all; a buffer of gradients has the same layout, so that
/// summing slices and updating run over plain vectors. W1 is kept as the first layer's kernels read it, [groups of 10
/// rows × blocks × 10 × 16]; the other W row by row. Rows and columns are padded with zeros, whose gradients are zeros.
/// </summary>
internal sealed unsafe class ParameterLayout
{
    /// <summary>
    /// Rows of W1 that are computed together: ten sums in registers cover the latency of multiply-add on two ports,
    /// leave room in the 16 registers of AVX2, and are the tutorial's hidden layer.
    /// </summary>
    public const int Group = 10;

    /// <summary>Rows of the register tile: other W are padded to a multiple in rows and readable columns.</summary>
    public const int Panel = 6;

    private readonly long[] weights;
    private readonly long[] biases;

    /// <summary>Lays out the parameters of a network.</summary>
    public ParameterLayout(NetworkShape shape)
    {
        Shape = shape;
        Blocks = new PixelBlocks(shape.Inputs);
        weights = new long[shape.Layers];
        biases = new long[shape.Layers];
        long end = 0;
        for (var layer = 0; layer < shape.Layers; layer++)
        {
            weights[layer] = end;
            end += layer == 0
                ? (long)Groups * Blocks.Count * Group * PixelBlocks.Size
                : (long)Pad(shape.Out(layer), Panel) * RowLength(layer);
            end = Pad(end, 16);
            biases[layer] = end;
            end = Pad(end + Rows(shape.Out(layer)), 16);
        }

        Length = end;
    }

    /// <summary>The network's widths.</summary>
    public NetworkShape Shape { get; }

    /// <summary>The order of the pixels.</summary>
    public PixelBlocks Blocks { get; }

    /// <summary>Groups of ten rows in W1.</summary>
    public int Groups => (Shape.Out(0) + Group - 1) / Group;

    /// <summary>Floats in all, a multiple of 16.</summary>
    public long Length { get; }

    /// <summary>Floats of W1, at the start of the buffer, a multiple of 16: those whose gradients lack 1/255.</summary>
    public long FirstLength => biases[0];

    /// <summary>
    /// What the layer at index <paramref name="layer"/> makes of Z; null for the output layer, whose softmax is apart.
    /// </summary>
    public Activation? Activation(int layer) => layer < Shape.Layers - 1 ? Shape.Activation : null;

    /// <summary>Where W of layer index <paramref name="layer"/> starts.</summary>
    public long W(int layer) => weights[layer];

    /// <summary>Where b of layer index <paramref name="layer"/> starts.</summary>
    public long b(int layer) => biases[layer];

    /// <summary>Where the group's rows of W1 start.</summary>
    public long GroupStart(int group) => (long)group * Blocks.Count * Group * PixelBlocks.Size;

    /// <summary>Floats from one row of W to the next, for every layer but the first.</summary>
    public int RowLength(int layer) => (int)Pad(Pad(Shape.In(layer), Panel), 16);

    /// <summary>
    /// Rows that a tile of activations must have for a layer this wide: the kernels compute whole groups, panels and
    /// vectors.
    /// </summary>
    public static int Rows(int width) => (int)Pad(width, 16) + 16;

    /// <summary>Takes over values in the layout of <see cref="NetworkState"/>, rounded to float.</summary>
    public void Load(double[][] W, double[][] b, float* values)
    {
        for (long i = 0; i < Length; i++)
        {
            values[i] = 0;
        }

        for (var layer = 0; layer < Shape.Layers; layer++)
        {
            for (var r = 0; r < Shape.Out(layer); r++)
            {
                values[biases[layer] + r] = (float)b[layer][r];
                var row = W[layer].AsSpan(r * Shape.In(layer), Shape.In(layer));
                for (var place = 0; place < Places(layer); place++)
                {
                    if (Column(layer, place) is var c and >= 0)
                    {
                        values[Index(layer, r, place)] = (float)row[c];
                    }
                }
            }
        }
    }

    /// <summary>Writes values out in the layout of <see cref="NetworkState"/>.</summary>
    /// <param name="values">The values, in this layout.</param>
    /// <param name="scaleW1">The factor of those of W1.</param>
    /// <param name="scale">The factor of all others.</param>
    /// <param name="W">Receives those of the weights.</param>
    /// <param name="b">Receives those of the biases.</param>
    public void Save(float* values, double scaleW1, double scale, double[][] W, double[][] b)
    {
        for (var layer = 0; layer < Shape.Layers; layer++)
        {
            for (var r = 0; r < Shape.Out(layer); r++)
            {
                b[layer][r] = values[biases[layer] + r] * scale;
                var row = W[layer].AsSpan(r * Shape.In(layer), Shape.In(layer));
                for (var place = 0; place < Places(layer); place++)
                {
                    if (Column(layer, place) is var c and >= 0)
                    {
                        row[c] = values[Index(layer, r, place)] * (layer == 0 ? scaleW1 : scale);
                    }
                }
            }
        }
    }

    private static long Pad(long count, int to) => (count + to - 1) / to * to;

    private int Places(int layer) => layer == 0 ? Blocks.Pixels.Length : Shape.In(layer);

    private int Column(int layer, int place) => layer == 0 ? Blocks.Pixels[place] : place;

    private long Index(int layer, int r, int place) => layer == 0
        ? GroupStart(r / Group) + (long)(place / PixelBlocks.Size * Group + r % Group) * PixelBlocks.Size
        + place % PixelBlocks.Size
        : weights[layer] + (long)r * RowLength(layer) + place;
}
