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
    /// <param name="names">What the source and its files are called.</param>
    /// <param name="log">Is told that they are taken.</param>
    public static ImmutableArray<string>? Of(IEnumerable<string> names, ReadLog log)
    {
        var words = names.SelectMany(name => PartName.Words(Path.GetFileName(Path.TrimEndingDirectorySeparator(name))))
            .ToHashSet();
        var found = Array.Find(Sets, set => Array.TrueForAll(set.Words, words.Contains));
        if (found.Words is null)
        {
            return null;
        }

        log.Guess($"the classes are named as those of {string.Join('-', found.Words)}, for the files are called so (a "
            + "file classes.txt says otherwise)");
        return found.Names;
    }

    private static ImmutableArray<string> Each(string letters) => [.. letters.Select(letter => $"{letter}")];
}
