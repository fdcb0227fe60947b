namespace MnistGpu.Ranks;

/// <summary>Some parts that lie side by side: a node of <see cref="PartTree"/>.</summary>
/// <param name="First">The first part.</param>
/// <param name="Size">How many places, a power of two; those past the last part are empty.</param>
internal readonly record struct PartNode(int First, int Size)
{
    /// <summary>The left half.</summary>
    public PartNode Left => new(First, Size / 2);

    /// <summary>The right half.</summary>
    public PartNode Right => new(First + Size / 2, Size / 2);
}

/// <summary>
/// How the parts of a batch are added up: by a binary tree over their places, left + right, which depends on their
/// number alone. Each rank has parts side by side, and adds up the whole subtrees among them; so the sums are the same
/// for any number of ranks.
/// </summary>
/// <param name="parts">S, how many parts a batch is cut into, from 1.</param>
/// <param name="ranks">N, how many ranks share them, from 1.</param>
internal sealed class PartTree(int parts, int ranks)
{
    /// <summary>S.</summary>
    public int Parts => parts;

    /// <summary>The whole tree: a place for each part, and empty ones up to a power of two.</summary>
    public PartNode Root { get; } = new(0, (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)parts));

    /// <summary>The parts of a rank: from the one to before the other.</summary>
    public (int First, int End) PartsOf(int rank) =>
        ((int)((long)parts * rank / ranks), (int)((long)parts * (rank + 1) / ranks));

    /// <summary>The rank that has a part.</summary>
    public int RankOf(int part) => (int)((((long)part + 1) * ranks - 1) / parts);

    /// <summary>The images of a part: from the one to before the other, of a batch of m.</summary>
    public (int First, int End) ImagesOf(int part, int m) =>
        ((int)((long)m * part / parts), (int)((long)m * (part + 1) / parts));

    /// <summary>Whether a node has any images of a batch of m.</summary>
    public bool HasImages(PartNode node, int m) =>
        node.First < parts
        && ImagesOf(node.First, m).First < ImagesOf(Math.Min(parts, node.First + node.Size) - 1, m).End;

    /// <summary>
    /// The whole subtrees among a rank's parts, from left to right, as large as they come, without those that have no
    /// images.
    /// </summary>
    public List<PartNode> SubtreesOf(int rank, int m)
    {
        var found = new List<PartNode>();
        var (first, end) = PartsOf(rank);
        Collect(Root);
        return found;

        void Collect(PartNode node)
        {
            var last = Math.Min(parts, node.First + node.Size);
            if (node.First >= end || last <= first || !HasImages(node, m))
            {
                return;
            }

            if (node.First >= first && last <= end)
            {
                found.Add(node);
            }
            else
            {
                Collect(node.Left);
                Collect(node.Right);
            }
        }
    }
}
