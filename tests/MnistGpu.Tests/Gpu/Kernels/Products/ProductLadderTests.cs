using MnistGpu.Gpu.Devices;
using MnistGpu.Gpu.Kernels.Products;
using MnistGpu.Model;

namespace MnistGpu.Tests.Gpu.Kernels.Products;

/// <summary>Names, refusals and rounding: what needs no kernel to run.</summary>
public sealed class ProductLadderTests
{
    [Fact]
    public void EveryRungHasItsOwnNameAndFiveKernels()
    {
        Assert.Equal(ProductLadder.Rungs.Count, ProductLadder.Rungs.Select(rung => rung.Name).Distinct().Count());
        Assert.All(ProductLadder.Rungs, rung => Assert.Equal(
            5, Enum.GetValues<ProductKind>().Select(rung.Kernel).Distinct().Count()));
        Assert.All(ProductLadder.Rungs, rung => Assert.Same(rung, ProductLadder.Find(rung.Name)));
    }

    [Theory]
    [InlineData("pipelined")]
    [InlineData("tf32")]
    [InlineData("bf16")]
    public void InlinePtxIsRefusedOnOtherDevices(string name)
    {
        using var device = AcceleratorCatalog.Cpu().Open();
        var e = Assert.Throws<UserErrorException>(() => ProductLadder.Find(name, device.Accelerator));
        Assert.Contains("compute capability 8.0", e.Message, StringComparison.Ordinal);
        Assert.Contains("naive", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void GroupsThatTheDeviceCannotHoldAreRefused()
    {
        using var device = AcceleratorCatalog.Cpu().Open();
        var e = Assert.Throws<UserErrorException>(() => ProductLadder.Find("shared", device.Accelerator));
        Assert.Contains("groups of 256 threads", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AnUnknownRungIsRefusedWithTheNearest()
    {
        var e = Assert.Throws<UserErrorException>(() => ProductLadder.Find("vectro"));
        Assert.Contains("did you mean vector?", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0x3f800fff, 0x3f800000)] // just below a tie
    [InlineData(0x3f801000, 0x3f802000)] // a tie, away from zero
    [InlineData(0xbf801000, 0xbf802000)]
    [InlineData(0x7f800000, 0x7f800000)] // infinity
    [InlineData(0x7f7fffff, 0x7f800000)] // the largest number
    [InlineData(0x7fffffff, 0x7fffe000)] // NaN
    [InlineData(0xff800001, 0x7fffe000)]
    public void Tf32RoundsToNearest(uint from, uint to) =>
        Assert.Equal(to, Tf32.Round(BitConverter.UInt32BitsToSingle(from)));

    [Theory]
    [InlineData(0x3f800fff)]
    [InlineData(0x3f801000)]
    [InlineData(0xbf801000)]
    [InlineData(0x3fffffff)] // up into the next power of two
    [InlineData(0x00800fff)] // the smallest normal numbers
    [InlineData(0x7f800000)]
    [InlineData(0x7f7fffff)]
    public void TheInstructionsOperandIsRoundedAsTf32(uint from) => Assert.Equal(
        Tf32.Round(BitConverter.UInt32BitsToSingle(from)),
        BitConverter.SingleToUInt32Bits(MmaTf32.Rounded(BitConverter.UInt32BitsToSingle(from))) & 0xffffe000);

    [Fact]
    public void TheInstructionsOperandStaysNoNumber() => Assert.True(float.IsNaN(BitConverter.UInt32BitsToSingle(
        BitConverter.SingleToUInt32Bits(MmaTf32.Rounded(float.NaN)) & 0xffffe000)));

    [Theory]
    [InlineData(0x3f807fff, 0x3f80)]
    [InlineData(0x3f808000, 0x3f80)] // ties to even
    [InlineData(0x3f818000, 0x3f82)]
    [InlineData(0x7f800000, 0x7f80)]
    [InlineData(0x7f7fffff, 0x7f80)]
    [InlineData(0x7fffffff, 0x7fff)]
    [InlineData(0xff800001, 0x7fff)]
    public void Bf16RoundsToNearest(uint from, uint to) =>
        Assert.Equal(to, Bf16.Round(BitConverter.UInt32BitsToSingle(from)));

    [Fact]
    public void RoundingIsWithinItsShare()
    {
        var random = new Random(3);
        for (var n = 0; n < 100_000; n++)
        {
            var x = (float)((random.NextDouble() - 0.5) * Math.Pow(2, random.Next(-30, 30)));
            Assert.True(Math.Abs(BitConverter.UInt32BitsToSingle(Tf32.Round(x)) - (double)x) <= Math.Abs(x) / 2048.0);
            Assert.True(
                Math.Abs(BitConverter.UInt32BitsToSingle(Bf16.Round(x) << 16) - (double)x) <= Math.Abs(x) / 256.0);
        }

        Assert.All(Enumerable.Range(0, 256), pixel =>
            Assert.Equal(pixel, BitConverter.UInt32BitsToSingle(Bf16.Round(pixel) << 16)));
    }
}
