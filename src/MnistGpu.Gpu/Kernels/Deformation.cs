using ILGPU;
using MnistGpu.Deformations;

namespace MnistGpu.Gpu.Kernels;

/// <summary>
/// The random bytes of two fields per image, those of (seed, epoch, images[j]): words [4·counters × m], images [m].
/// Sixteen bytes, the words of one counter, per thread; see <see cref="DeformationTables"/>.
/// </summary>
internal readonly struct DrawFields(ArrayView<uint> words, ArrayView<int> images, int counters, ulong seed, uint epoch)
    : IKernel
{
    /// <inheritdoc/>
    public KernelCost Cost(int threads) => new(16.0 * threads + 4.0 * (threads / counters), 0);

    /// <inheritdoc/>
    public void Execute(Index1D n)
    {
        var (x0, x1, x2, x3) = Philox.Words(
            seed, Philox.Purpose.Deformation, epoch, (uint)images[n / counters],
            DeformationTables.FirstFieldCounter + (uint)(n % counters));
        words[4 * n] = x0;
        words[4 * n + 1] = x1;
        words[4 * n + 2] = x2;
        words[4 * n + 3] = x3;
    }
}

/// <summary>T = round(G·R/2¹²) column by column: T[y,x] = Σₖ first[|y − k|]·R[k,x], R = 2·byte − 255.</summary>
/// <remarks>
/// random [<paramref name="bytes"/> × m], of which the first 2·width·height are R for the displacements along x and
/// along y; first [at least height] and T [2·width·height × m] as in <see cref="ElasticWeights"/>. One element of T per
/// thread.
/// </remarks>
internal readonly struct SmoothColumns(
    ArrayView<byte> random, ArrayView<int> first, ArrayView<short> T, int width, int height, int bytes) : IKernel
{
    /// <inheritdoc/>
    public KernelCost Cost(int threads) => new(3.0 * threads + 4.0 * height, 0);

    /// <inheritdoc/>
    public void Execute(Index1D n)
    {
        var both = 2 * width * height;
        int j = n / both, place = n % both;
        var y = place / width % height;
        var top = j * bytes + place - y * width;
        var sum = 0;
        for (var k = 0; k < height; k++)
        {
            sum += first[IntrinsicMath.Abs(y - k)] * (2 * random[top + k * width] - 255);
        }

        T[n] = (short)FixedPoint.RoundShift(sum, ElasticWeights.FirstShift);
    }
}

/// <summary>
/// The affine map of each image, that of (seed, epoch, images[j], its label): maps [m], images [m], labels [any]. One
/// image per thread.
/// </summary>
internal readonly struct DrawMaps(
    ArrayView<AffineMap> maps, ArrayView<int> images, ArrayView<byte> labels, DeformationRanges ranges, int width,
    int height, ulong seed, uint epoch) : IKernel
{
    /// <inheritdoc/>
    public KernelCost Cost(int threads) => new(29.0 * threads, 0);

    /// <inheritdoc/>
    public void Execute(Index1D j) => maps[j] = AffineMap.Draw(ranges, seed, epoch, images[j], labels[images[j]],
        width, height);
}

/// <summary>
/// deformed[i,j] = X[·,images[j]] at the source of pixel i: its affine map and D = round(Σₖ second[|x −
/// k|]·T[y,k]/2ˢʰⁱᶠᵗ), interpolated between four pixels, 0 outside; see <see cref="DeformationTables"/>.
/// </summary>
/// <remarks>
/// T [2·width·height × m] and second [at least width], unused where <paramref name="shift"/> is 0 for no elastic part;
/// maps [m], X [width·height × any] bytes, images [m], deformed [width·height × m] bytes. One pixel per thread.
/// </remarks>
internal readonly struct DeformImages(
    ArrayView<short> T, ArrayView<int> second, int shift, ArrayView<AffineMap> maps, ArrayView<byte> X,
    ArrayView<int> images, ArrayView<byte> deformed, int width, int height)
    : IKernel
{
    /// <inheritdoc/>
    public KernelCost Cost(int threads) =>
        new((shift > 0 ? 6.0 : 2.0) * threads + 28.0 * (threads / (width * height)) + 4.0 * width, 0);

    /// <inheritdoc/>
    public void Execute(Index1D n)
    {
        var pixels = width * height;
        int j = n / pixels, y = n % pixels / width, x = n % width;
        int dx = 0, dy = 0;
        if (shift > 0)
        {
            var row = 2 * j * pixels + y * width;
            for (var k = 0; k < width; k++)
            {
                var weight = second[IntrinsicMath.Abs(x - k)];
                dx += weight * T[row + k];
                dy += weight * T[row + pixels + k];
            }

            dx = FixedPoint.RoundShift(dx, shift);
            dy = FixedPoint.RoundShift(dy, shift);
        }

        var map = maps[j];
        int fromX = 2 * x - (width - 1), fromY = 2 * y - (height - 1);
        var sx = FixedPoint.RoundShift(map.XX * fromX + map.XY * fromY + map.X0, 5) + dx;
        var sy = FixedPoint.RoundShift(map.YX * fromX + map.YY * fromY + map.Y0, 5) + dy;
        int left = sx >> 8, above = sy >> 8, fx = sx & 255, fy = sy & 255;
        var image = images[j] * pixels;
        var top = (256 - fx) * Pixel(image, left, above) + fx * Pixel(image, left + 1, above);
        var bottom = (256 - fx) * Pixel(image, left, above + 1) + fx * Pixel(image, left + 1, above + 1);
        deformed[n] = (byte)FixedPoint.RoundShift((256 - fy) * top + fy * bottom, 16);
    }

    private int Pixel(int image, int x, int y) =>
        x >= 0 && x < width && y >= 0 && y < height ? X[image + y * width + x] : 0;
}
