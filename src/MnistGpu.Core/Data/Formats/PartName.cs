using System.Text.RegularExpressions;

namespace MnistGpu.Data.Formats;

/// <summary>Which images a file is for.</summary>
internal enum Split
{
    /// <summary>Its name does not say.</summary>
    Unsaid,

    /// <summary>To train on.</summary>
    Train,

    /// <summary>To test on.</summary>
    Test,

    /// <summary>Held out by others to choose by; this program holds images out of those to train on.</summary>
    Validation,
}

/// <summary>What of a set a file holds.</summary>
internal enum Role
{
    /// <summary>Its name does not say.</summary>
    Unsaid,

    /// <summary>Pixels.</summary>
    Images,

    /// <summary>Labels.</summary>
    Labels,
}

/// <summary>
/// What the name of a file or an array says, in the words that data sets are published under: train-images-idx3-ubyte,
/// t10k-labels.idx1-ubyte, emnist-balanced-test-images-idx3-ubyte, x_train, train_labels, kmnist-test-imgs.
/// </summary>
/// <param name="Split">Which images.</param>
/// <param name="Role">Pixels or labels.</param>
/// <param name="Stem">What is left of the name: the data set's own.</param>
internal sealed partial record PartName(Split Split, Role Role, string Stem)
{
    private static readonly Dictionary<string, Split> Splits = new()
    {
        ["train"] = Split.Train,
        ["training"] = Split.Train,
        ["trainingset"] = Split.Train,
        ["trainset"] = Split.Train,
        ["test"] = Split.Test,
        ["testing"] = Split.Test,
        ["testset"] = Split.Test,
        ["t10k"] = Split.Test,
        // The UCI repository's endings.
        ["tra"] = Split.Train,
        ["tes"] = Split.Test,
        ["val"] = Split.Validation,
        ["valid"] = Split.Validation,
        ["validation"] = Split.Validation,
        ["dev"] = Split.Validation,
    };

    private static readonly Dictionary<string, Role> Roles = new()
    {
        ["images"] = Role.Images,
        ["image"] = Role.Images,
        ["imgs"] = Role.Images,
        ["img"] = Role.Images,
        ["x"] = Role.Images,
        ["data"] = Role.Images,
        ["labels"] = Role.Labels,
        ["label"] = Role.Labels,
        ["y"] = Role.Labels,
        ["target"] = Role.Labels,
        ["targets"] = Role.Labels,
    };

    // Words of the formats.
    private static readonly HashSet<string> Nothing =
        ["idx1", "idx2", "idx3", "ubyte", "int", "npy", "npz", "csv", "arff", "parquet", "bin", "mat", "txt", "zip"];

    /// <summary>Reads a name.</summary>
    public static PartName Of(string name)
    {
        var (split, role, stem) = (Split.Unsaid, Role.Unsaid, new List<string>());
        foreach (var word in Words(name))
        {
            if (split == Split.Unsaid && Splits.TryGetValue(word, out var other))
            {
                split = other;
            }
            else if (role == Role.Unsaid && Roles.TryGetValue(word, out var kind))
            {
                role = kind;
            }
            else if (!Nothing.Contains(word))
            {
                stem.Add(word);
            }
        }

        return new PartName(split, role, string.Join('-', stem));
    }

    /// <summary>The split that a folder's name stands for.</summary>
    public static Split SplitOf(string folder) =>
        Splits.GetValueOrDefault(string.Concat(Words(folder)), Split.Unsaid);

    /// <summary>A name's words, in small letters.</summary>
    public static string[] Words(string name) => Parts().Split(name.ToLowerInvariant())
        .Where(word => word.Length > 0).ToArray();

    [GeneratedRegex("[^a-z0-9]+")]
    private static partial Regex Parts();
}
