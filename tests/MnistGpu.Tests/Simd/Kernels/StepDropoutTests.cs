using MnistGpu.Model;
using MnistGpu.Simd.Kernels;
using MnistGpu.Simd.Memory;

namespace MnistGpu.Tests.Simd.Kernels;

/// <summary>Masks drawn eight images at a time are those of the model, unit by unit.</summary>
public sealed class StepDropoutTests
{
    [Theory]
    [InlineData(0.5, 0UL, 0U, 0, 0, 8)]
    [InlineData(0.2, 0xFEDCBA9876543210UL, 0xFFFFFFFFU, 3, 0, 40)]
    [InlineData(1.0 / 65536, 7UL, 9U, 1, 96, 208)]
    [InlineData(1 - 1.0 / 65536, 7UL, 9U, 1, 8, 16)]
    public unsafe void EveryMaskIsTheModels(double share, ulong seed, uint epoch, int layer, int from, int to)
    {
        using var tile = new ImageTile(new PixelBlocks(1));
        for (var lane = 0; lane < ImageTile.Size; lane++)
        {
            tile.Images[lane] = (uint)(lane * 7919 + (lane % 2 == 0 ? 0 : int.MaxValue / 2));
        }

        var dropout = new Dropout(share);
        using var A = AlignedBuffer.OfFloats((to + 1) * ImageTile.Size);
        for (var i = 0; i < (to + 1) * ImageTile.Size; i++)
        {
            A.Floats[i] = i + 1;
        }

        new StepDropout(new() { Dropout = dropout, Seed = seed }, epoch).Apply(layer, tile, A.Floats, from, to);
        for (var unit = 0; unit <= to; unit++)
        {
            for (var lane = 0; lane < ImageTile.Size; lane++)
            {
                var i = unit * ImageTile.Size + lane;
                var inside = unit >= from && unit < to;
                var expected = !inside ? i + 1 : dropout.Keeps(seed, epoch, (int)tile.Images[lane], layer, unit)
                    ? (i + 1) * (float)dropout.Scale : 0;
                Assert.Equal(expected, A.Floats[i]);
            }
        }
    }
}
