using MnistGpu.Simd.Kernels;

namespace MnistGpu.Tests.Simd.Kernels;

/// <summary>Every number arrives in its place, and no other place is written.</summary>
public sealed unsafe class TranspositionTests
{
    [Theory]
    [InlineData(4, 4)]
    [InlineData(16, 16)]
    [InlineData(64, 128)]
    [InlineData(64, 80)]
    [InlineData(48, 64)]
    [InlineData(16, 20)]
    [InlineData(12, 32)]
    public void RowsBecomeColumns(int rows, int columns)
    {
        const int more = 5;
        int rowFrom = columns + more, rowTo = rows + more;
        float[] from = [.. Enumerable.Range(1, rows * rowFrom).Select(i => (float)i)];
        var to = new float[columns * rowTo];
        fixed (float* x = from, y = to)
        {
            Transposition.Apply(x, rowFrom, rows, columns, y, rowTo);
        }

        for (var c = 0; c < columns; c++)
        {
            for (var r = 0; r < rowTo; r++)
            {
                Assert.Equal(r < rows ? from[r * rowFrom + c] : 0, to[c * rowTo + r]);
            }
        }
    }
}
