using MnistGpu.Simd.Memory;
using MnistGpu.Simd.Vectors;

namespace MnistGpu.Simd.Kernels;

/// <summary>
/// The two products that read pixels, for one part of W1: by blocks where it is narrow, by single pixels where it is
/// wide, as the layout says.
/// </summary>
internal static unsafe class FirstLayer<V, O>
    where V : struct
    where O : struct, IVectorOps<V>
{
    private const int Lanes = ImageTile.Size;

    /// <summary>Floats that <see cref="Forward"/> needs.</summary>
    public static int ScratchLength(ParameterLayout layout) => layout.Blocks is null
        ? FirstLayerByPixels<V, O>.ScratchLength
        : FirstLayerByBlocks<V, O>.ScratchLength;

    /// <summary>Floats of dZ1 that <see cref="Transpose"/> writes for a tile; 0 where nothing is transposed.</summary>
    public static int TransposedLength(ParameterLayout layout) =>
        layout.Blocks is null ? Lanes * layout.Parts * layout.PartUnits : 0;

    /// <summary>A1 = f(W1·A0/255 + b1) for a part's rows and a tile's images.</summary>
    /// <param name="layout">Where W1 and b1 lie.</param>
    /// <param name="parameters">The whole buffer.</param>
    /// <param name="tile">The images.</param>
    /// <param name="part">Which rows.</param>
    /// <param name="A">A1 of all rows [units × 64].</param>
    /// <param name="scratch"><see cref="ScratchLength"/> floats.</param>
    public static void Forward(ParameterLayout layout, float* parameters, ImageTile tile, int part, float* A,
        float* scratch)
    {
        var row = part * layout.PartUnits;
        var W = parameters + layout.PartStart(part);
        var b = parameters + layout.b(0) + row;
        if (layout.Blocks is null)
        {
            FirstLayerByPixels<V, O>.Forward(tile, W, layout.PlaceLength(part), b, A + row * Lanes, scratch,
                layout.Activation(0));
        }
        else
        {
            FirstLayerByBlocks<V, O>.Forward(tile, W, b, A + row * Lanes, scratch, layout.Activation(0));
        }
    }

    /// <summary>Makes dZ1 of a part ready for <see cref="Gradient"/>, where that reads it transposed.</summary>
    /// <param name="layout">The rows.</param>
    /// <param name="part">Which rows.</param>
    /// <param name="dZ">dZ1 of all rows [units × 64].</param>
    /// <param name="transposed"><see cref="TransposedLength"/> floats, all parts'.</param>
    public static void Transpose(ParameterLayout layout, int part, float* dZ, float* transposed)
    {
        if (layout.Blocks is not null)
        {
            return;
        }

        var (row, width) = (part * layout.PartUnits, layout.PlaceLength(part));
        Transposition.Apply(dZ + row * Lanes, Lanes, width, Lanes, transposed + row * Lanes, width);
    }

    /// <summary>
    /// dW1 += dZ1·A0ᵀ (of bytes, without 1/255) for a part, a range of places and a tile's images.
    /// </summary>
    /// <param name="layout">Where dW1 lies.</param>
    /// <param name="tile">The images, with <see cref="ImageTile.ImagesWith"/> filled.</param>
    /// <param name="part">Which rows.</param>
    /// <param name="dZ">dZ1 of all rows [units × 64].</param>
    /// <param name="transposed">What <see cref="Transpose"/> wrote.</param>
    /// <param name="dW">The part's dW1.</param>
    /// <param name="blocks">Scratch for 64 addresses.</param>
    /// <param name="from">The first place.</param>
    /// <param name="to">The place after the last.</param>
    public static void Gradient(ParameterLayout layout, ImageTile tile, int part, float* dZ, float* transposed,
        float* dW, byte** blocks, int from, int to)
    {
        var row = part * layout.PartUnits;
        if (layout.Blocks is null)
        {
            FirstLayerByPixels<V, O>.Gradient(tile, transposed + row * Lanes, layout.PlaceLength(part), dW, from, to);
        }
        else
        {
            FirstLayerByBlocks<V, O>.Gradient(tile, dZ + row * Lanes, dW, blocks, from, to);
        }
    }
}
