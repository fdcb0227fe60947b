using MnistGpu.Ranks;

namespace MnistGpu.Tests.Ranks;

public sealed class PartTreeTests
{
    public static TheoryData<int, int> Sizes
    {
        get
        {
            var sizes = new TheoryData<int, int>();
            foreach (var parts in (int[])[1, 2, 3, 5, 8, 16, 17, 100])
            {
                foreach (var ranks in (int[])[1, 2, 3, 5, 8, 100])
                {
                    sizes.Add(parts, ranks);
                }
            }

            return sizes;
        }
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void EveryPartBelongsToOneRankAndOneOfItsSubtrees(int parts, int ranks)
    {
        var tree = new PartTree(parts, ranks);
        var found = new List<int>();
        for (var rank = 0; rank < ranks; rank++)
        {
            var (first, end) = tree.PartsOf(rank);
            var before = found.Count;
            found.AddRange(tree.SubtreesOf(rank, parts).SelectMany(node =>
                Enumerable.Range(node.First, Math.Min(parts, node.First + node.Size) - node.First)));
            Assert.Equal(Enumerable.Range(first, end - first), found.Skip(before));
            Assert.All(found.Skip(before), part => Assert.Equal(rank, tree.RankOf(part)));
            Assert.True(tree.SubtreesOf(rank, parts).Count <= 2 * Math.Max(1, Math.Log2(parts)));
        }

        Assert.Equal(Enumerable.Range(0, parts), found);
    }

    [Fact]
    public void RanksThatDivideThePartsHaveASubtreeEach()
    {
        var tree = new PartTree(16, 4);
        Assert.All(Enumerable.Range(0, 4), rank =>
            Assert.Equal([new PartNode(4 * rank, 4)], tree.SubtreesOf(rank, 99)));
    }

    [Theory]
    [InlineData(3, 10)]
    [InlineData(16, 5)]
    [InlineData(8, 1)]
    public void TheImagesOfABatchAreThoseOfItsParts(int parts, int m)
    {
        var tree = new PartTree(parts, 2);
        var next = 0;
        for (var part = 0; part < parts; part++)
        {
            var (first, end) = tree.ImagesOf(part, m);
            Assert.Equal(next, first);
            Assert.Equal(end > first, tree.HasImages(new PartNode(part, 1), m));
            next = end;
        }

        Assert.Equal(m, next);
        Assert.True(tree.HasImages(tree.Root, m));
        Assert.False(tree.HasImages(new PartNode(parts, 1), m));
        Assert.Equal(m, Enumerable.Range(0, 2).SelectMany(rank => tree.SubtreesOf(rank, m)).Sum(node =>
            tree.ImagesOf(Math.Min(parts, node.First + node.Size) - 1, m).End - tree.ImagesOf(node.First, m).First));
    }
}
