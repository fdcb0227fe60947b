using System.Collections.Immutable;

namespace MnistGpu.Data.Formats;

/// <summary>The names of the classes of data sets whose files hold numbers only, told by the files' names.</summary>
internal static class KnownClasses
{
    private const string Capitals = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

    // github.com/zalandoresearch/fashion-mnist, "Labels"; Cohen et al. 2017, arXiv 1702.05373, and EMNIST's mapping
    // files; github.com/rois-codh/kmnist, kmnist_classmap.csv.
    private static readonly (string[] Words, ImmutableArray<string> Names)[] Sets =
    [
        (["fashion"], ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag",
            "Ankle boot"]),
        (["kmnist"], ["お", "き", "す", "つ", "な", "は", "ま", "や", "れ", "を"]),
        (["emnist", "letters"], Each(Capitals)),
        (["emnist", "balanced"], Each("0123456789" + Capitals + "abdefghnqrt")),
        (["emnist", "bymerge"], Each("0123456789" + Capitals + "abdefghnqrt")),
        (["emnist", "byclass"], Each("0123456789" + Capitals + Capitals.ToLowerInvariant())),
    ];

    /// <summary>The names for the labels from the least on; null where none are known.</summary>
    /// <param name="source">The source, for people.</param>
    /// <param name="parts">Its files.</param>
    /// <param name="log">Is told that they are taken.</param>
    public static ImmutableArray<string>? Of(string source, IEnumerable<SourcePart> parts, ReadLog log)
    {
        var words = Words(source, parts);
        var found = Array.Find(Sets, set => Array.TrueForAll(set.Words, words.Contains));
        if (found.Words is null)
        {
            return null;
        }

        log.Guess($"the classes are named as those of {string.Join('-', found.Words)}, for the files are called so (a "
            + "file classes.txt says otherwise)");
        return found.Names;
    }

    /// <summary>Whether files are EMNIST's, whose images lie on their side.</summary>
    /// <param name="source">The source, for people.</param>
    /// <param name="parts">Its files.</param>
    public static bool AreEmnist(string source, IEnumerable<SourcePart> parts) =>
        Words(source, parts).Contains("emnist");

    /// <summary>The label of the first class in the files of the set whose classes these are; null for none.</summary>
    public static int? FirstLabel(ImmutableArray<string> names) =>
        Array.Find(Sets, set => set.Names.AsSpan().SequenceEqual(names.AsSpan())).Words is not { } words ? null
            // EMNIST's letters are 1 to 26.
            : words.Contains("letters") ? 1 : 0;

    /// <summary>The words in the names of a source, of its files and of the folders that they lie in.</summary>
    private static HashSet<string> Words(string source, IEnumerable<SourcePart> parts) => parts
        .SelectMany(part => (string?[])
            [part.Name, Path.GetFileName(Path.GetDirectoryName(Path.GetFullPath(part.File)))])
        .Append(Path.GetFileName(Path.TrimEndingDirectorySeparator(source)))
        .SelectMany(name => PartName.Words(name ?? "")).ToHashSet();

    private static ImmutableArray<string> Each(string letters) => [.. letters.Select(letter => $"{letter}")];
}
