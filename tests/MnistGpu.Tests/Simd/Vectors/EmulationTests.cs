using System.Runtime.Intrinsics;
using MnistGpu.Simd.Vectors;

namespace MnistGpu.Tests.Simd.Vectors;

/// <summary>
/// What a machine without wide vectors computes: the same bits as one with them, where this machine has them to
/// compare.
/// </summary>
public sealed unsafe class EmulationTests
{
    [Fact]
    public void BytesWidenToTheirValues()
    {
        var bytes = stackalloc byte[16];
        for (var i = 0; i < 16; i++)
        {
            bytes[i] = (byte)(17 * i);
        }

        var (sixteen, eight) = (Emulation.Widen16(bytes), Emulation.Widen8(bytes));
        for (var i = 0; i < 16; i++)
        {
            Assert.Equal(17f * i, sixteen[i]);
            Assert.Equal(17f * (i % 8), eight[i % 8]);
        }

        Assert.Equal(sixteen, Ops512.WidenBytes(bytes));
        Assert.Equal(eight, Ops256.WidenBytes(bytes));
    }

    [Fact]
    public void NumbersNarrowToTheirLowByte()
    {
        var bytes = stackalloc byte[17];
        bytes[16] = 99;
        var numbers = Vector512.Create(0f, 1, 2, 3, 127, 128, 129, 200, 201, 202, 203, 250, 251, 253, 254, 255);
        Emulation.Narrow16(bytes, Vector512.ConvertToInt32(numbers));
        for (var i = 0; i < 16; i++)
        {
            Assert.Equal((byte)numbers[i], bytes[i]);
        }

        Assert.Equal(99, bytes[16]);
    }

    [Fact]
    public void RowsAreAddedInTheOrderOfTheInstructions()
    {
        var random = new Random(7);
        var rows = stackalloc float[256];
        for (var i = 0; i < 256; i++)
        {
            rows[i] = (float)(random.NextDouble() - 0.5) * (1 << random.Next(20));
        }

        Assert.Equal(Ops512.SumAcross(rows), Emulation.SumAcross16(rows));
        Assert.Equal(Ops256.SumAcross(rows), Emulation.SumAcross8(rows));
        for (var row = 0; row < 16; row++)
        {
            var (exact, size) = (0d, 0d);
            for (var i = 0; i < 16; i++)
            {
                (exact, size) = (exact + rows[16 * row + i], size + Math.Abs(rows[16 * row + i]));
            }

            // Four additions one upon the other: each rounds by 2⁻²⁴ of at most the sum of the sizes.
            Assert.Equal(exact, Emulation.SumAcross16(rows)[row], 4 * size * Math.Pow(2, -24) * 1.01);
        }
    }
}
