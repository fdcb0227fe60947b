using MnistGpu.Model;

namespace MnistGpu.Simd.Memory;

/// <summary>
/// Where each parameter lies in the one buffer that holds them all; a buffer of gradients has the same layout, so
/// that summing slices and updating run over plain vectors. W1 is kept as the first layer's kernels read it:
/// [groups of 10 rows × blocks × 10 × 16] where it is narrow, else [strips of rows × pixels × width]; the other W
/// row by row. Rows and columns are padded with zeros, whose gradients are zeros.
/// </summary>
internal sealed unsafe class ParameterLayout
{
    /// <summary>
    /// Rows of W1 that are computed together: ten sums in registers cover the latency of multiply-add on two ports,
    /// leave room in the 16 registers of AVX2, and are the tutorial's hidden layer.
    /// </summary>
    public const int Group = 10;

    /// <summary>
    /// Rows of W1 in a strip, at most: eight vectors of sums for an image, and 64 pixels' weights (32 KB) stay in the
    /// first-level cache.
    /// </summary>
    public const int Strip = 128;

    // From this width on single pixels are faster than blocks: training 784-64-32-10 went 9 to 17 % faster by pixels,
    // 784-48-10 and 784-32-10 up to 30 % slower (batches of 32 and 128, two AVX-512 cores).
    private const int WideFrom = 64;

    /// <summary>Rows of the register tile: other W are padded to a multiple in rows and readable columns.</summary>
    public const int Panel = 6;

    private readonly long[] weights;
    private readonly long[] biases;

    /// <summary>Lays out the parameters of a network.</summary>
    public ParameterLayout(NetworkShape shape)
    {
        Shape = shape;
        if (shape.Out(0) < WideFrom)
        {
            Blocks = new PixelBlocks(shape.Inputs);
        }

        Order = (PixelOrder?)Blocks ?? new SinglePixels(shape.Inputs);
        // Two cores have a strip each at least.
        PartUnits = Blocks is not null ? Group : shape.Out(0) > Strip ? Strip : Strip / 2;
        Parts = (shape.Out(0) + PartUnits - 1) / PartUnits;
        weights = new long[shape.Layers];
        biases = new long[shape.Layers];
        long end = 0;
        for (var layer = 0; layer < shape.Layers; layer++)
        {
            weights[layer] = end;
            end += layer == 0
                ? PartStart(Parts - 1) + (long)Order.Count * PlaceLength(Parts - 1)
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
    public PixelOrder Order { get; }

    /// <summary>The order of the pixels where W1 is narrow and kept by blocks; else null.</summary>
    public PixelBlocks? Blocks { get; }

    /// <summary>Parts of W1, each of <see cref="PartUnits"/> rows: groups or strips.</summary>
    public int Parts { get; }

    /// <summary>Rows of W1 in every part but the last, which may have fewer.</summary>
    public int PartUnits { get; }

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

    /// <summary>Where the part's rows of W1 start.</summary>
    public long PartStart(int part) => (long)part * Order.Count * PlaceLength(0);

    /// <summary>Floats of a part's W1 for one place: 10 × 16 of a block, or a strip's width for a pixel.</summary>
    public int PlaceLength(int part) => Blocks is null
        ? (int)Pad(Math.Min(PartUnits, Shape.Out(0) - part * PartUnits), 16)
        : Group * PixelBlocks.Size;

    /// <summary>Columns of W with their padding, for every layer but the first: those that kernels read.</summary>
    public int Columns(int layer) => (int)Pad(Pad(Shape.In(layer), Panel), 16);

    /// <summary>
    /// Floats from one row of W to the next, for every layer but the first. Never a multiple of 2 KB: the rows of a
    /// column would then meet in the same few lines of a first-level cache.
    /// </summary>
    public int RowLength(int layer) => Columns(layer) is var columns && columns % 512 == 0 ? columns + 16 : columns;

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
                for (var slot = 0; slot < Slots(layer); slot++)
                {
                    if (Column(layer, slot) is var c and >= 0)
                    {
                        values[Index(layer, r, slot)] = (float)row[c];
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
                for (var slot = 0; slot < Slots(layer); slot++)
                {
                    if (Column(layer, slot) is var c and >= 0)
                    {
                        row[c] = values[Index(layer, r, slot)] * (layer == 0 ? scaleW1 : scale);
                    }
                }
            }
        }
    }

    private static long Pad(long count, int to) => (count + to - 1) / to * to;

    // Room for single numbers in a row, that of padding among it.
    private int Slots(int layer) => layer == 0 && Blocks is { } blocks ? blocks.Pixels.Length : Shape.In(layer);

    private int Column(int layer, int slot) => layer == 0 && Blocks is { } blocks ? blocks.Pixels[slot] : slot;

    private long Index(int layer, int r, int slot) =>
        layer > 0 ? weights[layer] + (long)r * RowLength(layer) + slot
        : Blocks is null ? PartStart(r / PartUnits) + (long)slot * PlaceLength(r / PartUnits) + r % PartUnits
        : PartStart(r / Group) + (long)(slot / PixelBlocks.Size * Group + r % Group) * PixelBlocks.Size
        + slot % PixelBlocks.Size;
}
