using MnistGpu.Simd.Memory;

namespace MnistGpu.Tests.Simd.Memory;

/// <summary>Each pixel with ink is found, and nothing behind the image is read as one.</summary>
public sealed unsafe class SinglePixelsTests
{
    [Fact]
    public void EachPixelWithInkHasItsBit()
    {
        var random = new Random(1);
        foreach (var inputs in Enumerable.Range(1, 200).Append(784))
        {
            // What lies behind the image is ink.
            var image = Enumerable.Repeat((byte)255, inputs + 64).ToArray();
            for (var i = 0; i < inputs; i++)
            {
                image[i] = (byte)(random.Next(3) == 0 ? random.Next(1, 256) : 0);
            }

            var order = new SinglePixels(inputs);
            var ink = new ulong[order.Words];
            int found;
            fixed (byte* pixels = image)
            fixed (ulong* bits = ink)
            {
                found = order.Find(pixels, bits);
            }

            bool[] inked = [.. Enumerable.Range(0, order.Words * 64).Select(i => (ink[i / 64] >> (i % 64) & 1) == 1)];
            Assert.Equal(Enumerable.Range(0, inked.Length).Select(i => i < inputs && image[i] != 0), inked);
            Assert.Equal(image[..inputs].Count(x => x != 0), found);
        }
    }

    [Fact]
    public void SixtyFourRowsOfBitsAreTransposedWithoutVectorsToo()
    {
        var random = new Random(3);
        var rows = new ulong[64];
        for (var i = 0; i < rows.Length; i++)
        {
            rows[i] = (ulong)random.NextInt64(long.MinValue, long.MaxValue);
        }

        var before = rows.ToArray();
        fixed (ulong* words = rows)
        {
            ImageTile.TransposeByWords(words);
        }

        for (var i = 0; i < 64; i++)
        {
            for (var j = 0; j < 64; j++)
            {
                Assert.Equal(before[i] >> j & 1, rows[j] >> i & 1);
            }
        }
    }

    [Fact]
    public void ATilesBitsPerPixelAreItsBitsPerImage()
    {
        var random = new Random(2);
        const int inputs = 150, count = 61;
        var X = new byte[inputs * count];
        random.NextBytes(X);
        for (var i = 0; i < X.Length; i++)
        {
            X[i] = X[i] < 128 ? (byte)0 : X[i];
        }

        using var tile = new ImageTile(new SinglePixels(inputs));
        fixed (byte* pixels = X)
        {
            tile.PackImages(pixels, null, inputs, count);
            tile.FindImagesPerPlace();
            for (var pixel = 0; pixel < inputs; pixel++)
            {
                var expected = 0UL;
                for (var image = 0; image < count; image++)
                {
                    expected |= X[image * inputs + pixel] != 0 ? 1UL << image : 0;
                }

                Assert.Equal(expected, tile.ImagesWith[pixel]);
            }
        }
    }
}
