using System.Security.Cryptography;
using MnistGpu.Data.Synthetic;

namespace MnistGpu.Tests.Data.Synthetic;

public class SyntheticDigitsTests
{
    /// <summary>
    /// The bytes are part of what a seed means: a change of the drawing must be meant, and recorded here.
    /// </summary>
    [Fact]
    public void TheFirstThousandAreTheRecordedBytes()
    {
        var set = SyntheticDigits.Draw(1000, 0, SyntheticPart.Train, TestContext.Current.CancellationToken);
        Assert.Equal("d2a4f438cbe389a25dc58e71818b21beb48ee8a34b957eaabc58b0ca98551819",
            Convert.ToHexStringLower(SHA256.HashData(set.X.Span)));
        Assert.Equal("d504a0efc069016adb0d6f9b159c5f2151542405653f3b9192ef841ef75a9466",
            Convert.ToHexStringLower(SHA256.HashData(set.Labels.Span)));
    }

    [Fact]
    public void AnImageDependsOnSeedPartAndIndexOnly()
    {
        var cancel = TestContext.Current.CancellationToken;
        var few = SyntheticDigits.Draw(50, 9, SyntheticPart.Train, cancel);
        var many = SyntheticDigits.Draw(500, 9, SyntheticPart.Train, cancel);
        Assert.Equal(few.X.ToArray(), many.Slice(0, 50).X.ToArray());
        Assert.Equal(few.Labels.ToArray(), many.Slice(0, 50).Labels.ToArray());
        Assert.NotEqual(few.X.ToArray(), SyntheticDigits.Draw(50, 9, SyntheticPart.Test, cancel).X.ToArray());
        Assert.NotEqual(few.X.ToArray(), SyntheticDigits.Draw(50, 10, SyntheticPart.Train, cancel).X.ToArray());
        Assert.NotEqual(few.X.ToArray(),
            SyntheticDigits.Draw(50, 9 + (1UL << 32), SyntheticPart.Train, cancel).X.ToArray());
    }

    [Fact]
    public void DigitsLieAsMNISTsDo()
    {
        var set = SyntheticDigits.Draw(2000, 1, SyntheticPart.Train, TestContext.Current.CancellationToken);
        var counts = new int[10];
        double total = 0;
        for (var j = 0; j < set.Count; j++)
        {
            counts[set.Labels.Span[j]]++;
            double mass = 0, x = 0, y = 0;
            int left = 28, right = 0, top = 28, bottom = 0;
            for (var i = 0; i < 784; i++)
            {
                var ink = set.Image(j)[i];
                mass += ink;
                x += ink * (i % 28);
                y += ink * (i / 28);
                if (ink > 127)
                {
                    (left, right) = (Math.Min(left, i % 28), Math.Max(right, i % 28));
                    (top, bottom) = (Math.Min(top, i / 28), Math.Max(bottom, i / 28));
                }
            }

            total += mass;
            // Moved by whole pixels: half a pixel either way, and a hundredth for what rounding to bytes moves.
            Assert.InRange(x / mass, 13.49, 14.51);
            Assert.InRange(y / mass, 13.49, 14.51);
            Assert.InRange(Math.Max(right - left, bottom - top) + 1, 17, 21);
        }

        // Each is expected 200 times with a deviation of 13.4; 5 deviations.
        Assert.All(counts, n => Assert.InRange(n, 133, 267));
        // The mean level of MNIST's training images is 33.3.
        Assert.InRange(total / set.X.Length, 31, 36);
    }

    [Fact]
    public void AbsurdCountsAreRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() =>
            SyntheticDigits.Draw(0, 0, SyntheticPart.Train, TestContext.Current.CancellationToken));
        Assert.Throws<ArgumentOutOfRangeException>(() =>
            SyntheticDigits.Draw(int.MaxValue, 0, SyntheticPart.Train, TestContext.Current.CancellationToken));
    }
}
