using MnistGpu.Simd;
using MnistGpu.Simd.Vectors;
using MnistGpu.Tests.Deformations;

namespace MnistGpu.Tests.Simd.Kernels;

/// <summary>The vectors bend images to the reference's bytes.</summary>
public sealed class DeformerTests
{
    public static TheoryData<int, int> Cases
    {
        get
        {
            var cases = new TheoryData<int, int>();
            foreach (var side in (int[])[1, 2, 4, 5, 15, 16, 17, 28, 31, 33])
            {
                foreach (var width in (int[])[1, 4, 8, 16])
                {
                    cases.Add(side, width);
                }
            }

            return cases;
        }
    }

    public static TheoryData<int, int, int> Rectangles
    {
        get
        {
            var cases = new TheoryData<int, int, int>();
            foreach (var (columns, rows) in ((int, int)[])[(1, 5), (5, 1), (4, 9), (33, 21), (17, 40)])
            {
                foreach (var width in (int[])[1, 4, 8, 16])
                {
                    cases.Add(columns, rows, width);
                }
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void TheBytesAreTheReferences(int side, int width)
    {
        var images = Bent.Images(side * side, 20);
        foreach (var deformation in (Deformation[])[Bent.Everything, Bent.Affine, Bent.Wildest,
            new() { ElasticAlpha = 34, ElasticSigma = 4 }, new() { Shift = 0.5 }])
        {
            foreach (var epoch in (uint[])[0, 1, uint.MaxValue])
            {
                var expected = Bent.Reference(deformation, side, images.X, images.Labels, epoch);
                Assert.Equal(expected,
                    BentBySimd.All((VectorWidth)width, deformation, images.X, images.Labels, epoch));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Rectangles))]
    public void RectanglesDoToo(int columns, int rows, int width)
    {
        var images = Bent.Images(columns * rows, 20);
        foreach (var deformation in (Deformation[])[Bent.Everything, Bent.Affine, Bent.Wildest])
        {
            var own = deformation with { Width = columns, AreDigits = false };
            Assert.Equal(Bent.Reference(own, columns, images.X, images.Labels, 3),
                BentBySimd.All((VectorWidth)width, own, images.X, images.Labels, 3));
        }
    }

    [Theory]
    [InlineData(16)]
    [InlineData(8)]
    public void LargeImagesDoToo(int width)
    {
        const int side = Deformation.MaxSide;
        var images = Bent.Images(side * side, 1);
        Assert.Equal(Bent.Reference(Bent.Wildest, side, images.X, images.Labels),
            BentBySimd.All((VectorWidth)width, Bent.Wildest, images.X, images.Labels));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void RangesOfZeroLeaveTheImagesAlone(int side, int width)
    {
        var images = Bent.Images(side * side, 5);
        Assert.Equal(images.X, BentBySimd.All((VectorWidth)width, new Deformation(), images.X, images.Labels, 3));
        Assert.Equal(images.X, Bent.Reference(new Deformation(), side, images.X, images.Labels, 3));
    }

    [Fact]
    public void ImagesOfAnotherSizeAreRefused()
    {
        using var deformer = new ImageDeformer(Bent.Everything, 1, 16);
        Assert.Throws<ArgumentException>(() => deformer.Deform(new byte[15], 0, 0, 0, new byte[16]));
        Assert.Throws<ArgumentException>(() => deformer.Deform(new byte[16], 0, 0, 0, new byte[17]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ImageDeformer(Bent.Everything, 1, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() =>
            new ImageDeformer(Bent.Everything, 1, (Deformation.MaxSide + 1) * (Deformation.MaxSide + 1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ImageDeformer(Bent.Everything, 1, 20));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ImageDeformer(Bent.Everything with { Width = 5 }, 1, 21));
        Assert.Throws<ArgumentOutOfRangeException>(() =>
            new ImageDeformer(Bent.Everything with { Width = 5 }, 1, 5 * (Deformation.MaxSide + 1)));
    }

    [Fact]
    public void ManyImagesDoToo()
    {
        var images = Bent.Images(28 * 28, 3000);
        Assert.Equal(Bent.Reference(Bent.Everything, 28, images.X, images.Labels, 7),
            BentBySimd.All(VectorWidths.Widest, Bent.Everything, images.X, images.Labels, 7));
    }
}
