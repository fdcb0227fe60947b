using System.Runtime.CompilerServices;
using MnistGpu.Deformations;
using MnistGpu.Simd.Memory;
using MnistGpu.Simd.Vectors;

namespace MnistGpu.Simd.Kernels;

/// <inheritdoc/>
/// <remarks>Floats hold the whole numbers exactly, so neither the order of a sum nor the width of a vector
/// shows.</remarks>
internal sealed unsafe class Deformer<V, O> : IDeformer
    where V : struct
    where O : struct, IVectorOps<V>
{
    // 2²³ as a float: added to a whole number below it, the number stands in the float's low bits.
    private const float Bias = 1 << 23;
    private const uint BiasBits = 0x4B000000;

    // Two pixels of 0 around an image: pixels further out are read there.
    private const int Margin = 2;

    private readonly DeformationTables tables;
    private readonly ulong seed;
    private readonly int width;
    private readonly int height;
    private readonly int row;    // floats in a row of one field
    private readonly int rows;   // the height, up to whole register tiles
    private readonly int stride; // bytes in a row of the image with its margin
    private readonly AlignedBuffer columns;
    private readonly AlignedBuffer first;
    private readonly AlignedBuffer second;

    /// <summary>A deformer for the draws under a seed.</summary>
    public Deformer(DeformationTables tables, ulong seed)
    {
        this.tables = tables;
        this.seed = seed;
        (width, height) = (tables.Width, tables.Height);
        row = (width + 31) / 32 * 32;
        rows = (height + 3) / 4 * 4;
        stride = width + 2 * Margin;
        columns = AlignedBuffer.OfFloats(row);
        for (var x = 0; x < width; x++)
        {
            columns.Floats[x] = 2 * x - (width - 1);
        }

        first = AlignedBuffer.OfFloats((long)rows * height);
        second = AlignedBuffer.OfFloats((long)width * row);
        if (tables.Elastic is not { } elastic)
        {
            return;
        }

        for (var y = 0; y < height; y++)
        {
            for (var k = 0; k < height; k++)
            {
                first.Floats[y * height + k] = elastic.First[Math.Abs(y - k)];
            }
        }

        for (var k = 0; k < width; k++)
        {
            for (var x = 0; x < width; x++)
            {
                second.Floats[k * row + x] = elastic.Second[Math.Abs(k - x)];
            }
        }
    }

    /// <inheritdoc/>
    public uint Epoch { get; set; }

    /// <inheritdoc/>
    public long ScratchLength => FieldsOffset + (tables.Elastic is null ? 0 : 2 * FieldBytes + RandomBytes);

    // The parts of the scratch memory: the image with its margin; places, fractions and words of a row; two of fields;
    // random bytes.
    private long RowOffset => ((long)stride * (height + 2 * Margin) + 63) / 64 * 64;

    private long FieldsOffset => RowOffset + 4L * row * sizeof(float);

    private long FieldBytes => 2L * rows * row * sizeof(float);

    private long RandomBytes => (long)tables.FieldCounters * DeformationTables.BytesPerCounter + row;

    /// <inheritdoc/>
    public void Deform(byte* image, int index, byte label, byte* to, byte* scratch)
    {
        var map = AffineMap.Draw(tables.Ranges, seed, Epoch, index, label, width, height);
        for (var y = 0; y < height; y++)
        {
            Unsafe.CopyBlockUnaligned(scratch + (y + Margin) * stride + Margin, image + y * width,
                (uint)width);
        }

        float* D = null;
        if (tables.Elastic is { } elastic)
        {
            var R = (float*)(scratch + FieldsOffset);
            var T = (float*)(scratch + FieldsOffset + FieldBytes);
            DrawFields(index, scratch + FieldsOffset + 2 * FieldBytes, R);
            Multiply(first.Floats, height, R, 2 * row, T, rows, height, 2 * row, 1f / (1 << ElasticWeights.FirstShift));
            Multiply(T, row, second.Floats, row, R, 2 * rows, width, row, 1f / (1 << elastic.SecondShift));
            D = R;
        }

        Sample(map, D, scratch, (float*)(scratch + RowOffset), to);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        columns.Dispose();
        first.Dispose();
        second.Dispose();
    }

    // R [height × 2·row]: a row of the field along x, then one of the field along y. What stands past a row's end
    // reaches only sums past it.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void DrawFields(int index, byte* random, float* R)
    {
        var words = (uint*)random;
        for (var counter = 0; counter < tables.FieldCounters; counter++)
        {
            var (x0, x1, x2, x3) = Philox.Words(seed, Philox.Purpose.Deformation, Epoch, (uint)index,
                DeformationTables.FirstFieldCounter + (uint)counter);
            words[4 * counter] = x0;
            words[4 * counter + 1] = x1;
            words[4 * counter + 2] = x2;
            words[4 * counter + 3] = x3;
        }

        V two = O.Broadcast(2), least = O.Broadcast(-255);
        for (var y = 0; y < 2 * height; y++)
        {
            var from = random + (y % 2 * height + y / 2) * width;
            for (var x = 0; x < width; x += O.Count)
            {
                O.Store(R + y * row + x, O.MultiplyAdd(two, O.WidenBytes(from + x), least));
            }
        }
    }

    // C := round(scale·A·B), A [m × k], B [k × n]: m a multiple of 4, n of 32. Four rows of two vectors stay in
    // registers.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply(float* A, int strideA, float* B, int strideB, float* C, int m, int k, int n,
        float scale)
    {
        for (var i = 0; i < m; i += 4)
        {
            for (var j = 0; j < n; j += 2 * O.Count)
            {
                V c00 = O.Zero, c01 = O.Zero, c10 = O.Zero, c11 = O.Zero, c20 = O.Zero, c21 = O.Zero, c30 = O.Zero,
                    c31 = O.Zero;
                float* a = A + i * strideA, b = B + j;
                for (var p = 0; p < k; p++, a++, b += strideB)
                {
                    V b0 = O.Load(b), b1 = O.Load(b + O.Count);
                    var v = O.Broadcast(a[0]);
                    c00 = O.MultiplyAdd(v, b0, c00);
                    c01 = O.MultiplyAdd(v, b1, c01);
                    v = O.Broadcast(a[strideA]);
                    c10 = O.MultiplyAdd(v, b0, c10);
                    c11 = O.MultiplyAdd(v, b1, c11);
                    v = O.Broadcast(a[2 * strideA]);
                    c20 = O.MultiplyAdd(v, b0, c20);
                    c21 = O.MultiplyAdd(v, b1, c21);
                    v = O.Broadcast(a[3 * strideA]);
                    c30 = O.MultiplyAdd(v, b0, c30);
                    c31 = O.MultiplyAdd(v, b1, c31);
                }

                var s = O.Broadcast(scale);
                var c = C + (long)i * strideB + j;
                Store(c, s, c00, c01);
                Store(c + strideB, s, c10, c11);
                Store(c + 2 * strideB, s, c20, c21);
                Store(c + 3 * strideB, s, c30, c31);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* c, V scale, V c0, V c1)
    {
        O.Store(c, O.Round(O.Multiply(scale, c0)));
        O.Store(c + O.Count, O.Round(O.Multiply(scale, c1)));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Sample(AffineMap map, float* D, byte* padded, float* memory, byte* to)
    {
        float* places = memory, fx = memory + row, fy = memory + 2 * row;
        var words = (uint*)(memory + 3 * row);
        V xx = O.Broadcast(map.XX), yx = O.Broadcast(map.YX);
        V right = O.Broadcast(width), below = O.Broadcast(height);
        for (var y = 0; y < height; y++)
        {
            var Y = 2 * y - (height - 1);
            V x0 = O.Broadcast(map.XY * Y + map.X0), y0 = O.Broadcast(map.YY * Y + map.Y0);
            var d = D == null ? null : D + 2 * y * row;
            for (var x = 0; x < width; x += O.Count)
            {
                var X = O.Load(columns.Floats + x);
                var sx = O.Round(O.Multiply(O.MultiplyAdd(xx, X, x0), O.Broadcast(1f / 32)));
                var sy = O.Round(O.Multiply(O.MultiplyAdd(yx, X, y0), O.Broadcast(1f / 32)));
                if (d != null)
                {
                    sx = O.Add(sx, O.Load(d + x));
                    sy = O.Add(sy, O.Load(d + row + x));
                }

                V nx = Floor(sx), ny = Floor(sy);
                O.Store(fx + x, O.MultiplyAdd(O.Broadcast(-256), nx, sx));
                O.Store(fy + x, O.MultiplyAdd(O.Broadcast(-256), ny, sy));
                var place = O.MultiplyAdd(O.Broadcast(stride), Inside(ny, below),
                    O.Broadcast(Bias + Margin * stride + Margin));
                O.Store(places + x, O.Add(place, Inside(nx, right)));
            }

            for (var x = 0; x < width; x++)
            {
                var corner = padded + (((uint*)places)[x] - BiasBits);
                words[x] = Unsafe.ReadUnaligned<ushort>(corner)
                    | (uint)Unsafe.ReadUnaligned<ushort>(corner + stride) << 16;
            }

            for (var x = 0; x < width; x += O.Count)
            {
                V toRight = O.Load(fx + x), toLeft = O.Subtract(O.Broadcast(256), toRight), down = O.Load(fy + x);
                var top = O.MultiplyAdd(toLeft, O.WidenByte(words + x, 0),
                    O.Multiply(toRight, O.WidenByte(words + x, 1)));
                var bottom = O.MultiplyAdd(toLeft, O.WidenByte(words + x, 2),
                    O.Multiply(toRight, O.WidenByte(words + x, 3)));
                var pixel = O.MultiplyAdd(down, O.Subtract(bottom, top), O.Multiply(top, O.Broadcast(256)));
                O.NarrowToBytes(to + y * width + x, O.Round(O.Multiply(pixel, O.Broadcast(1f / 65536))));
            }
        }
    }

    // ⌊s/256⌋ of a whole number: moved down by 255/512, no fraction reaches the next whole number's half.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Floor(V s) => O.Round(O.MultiplyAdd(s, O.Broadcast(1f / 256), O.Broadcast(-255f / 512)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Inside(V n, V most)
    {
        var least = O.Broadcast(-Margin);
        n = O.IfLessOrEqual(n, least, least, n);
        return O.IfGreater(n, most, most, n);
    }
}
