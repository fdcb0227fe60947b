namespace MnistGpu.Data.Formats;

/// <summary>
/// A folder with MNIST's four files, raw or .gz, in any of the spellings in use; the test pair may be called test or
/// t10k.
/// </summary>
public static class IdxFolder
{
    private static readonly string[] TrainNames = ["train"];
    private static readonly string[] TestNames = ["t10k", "test"];

    /// <summary>What the names of the files may begin with, before a hyphen.</summary>
    internal static IEnumerable<string> Parts => TrainNames.Concat(TestNames);

    /// <summary>Whether the folder holds any of the four files.</summary>
    public static bool Holds(string folder) => Parts.Any(part =>
        Images(folder, part) is not null || Labels(folder, part) is not null);

    /// <summary>Whether the folder holds all four files.</summary>
    public static bool HoldsAll(string folder) => HoldsPair(folder, TrainNames) && HoldsPair(folder, TestNames);

    /// <summary>
    /// Reads the training pair, the first <paramref name="most"/> images at most, and the test pair where there is one.
    /// Half a test pair is left out, and named.
    /// </summary>
    /// <param name="folder">The folder.</param>
    /// <param name="most">How many images to train on are kept.</param>
    /// <param name="needsTraining">Whether the test pair alone does not do.</param>
    /// <param name="testSuffices">Whether the training pair is not read where there is a test pair.</param>
    /// <exception cref="UserErrorException">There is no training pair, half of it, or a file is damaged.</exception>
    public static DigitData Read(string folder, int most = int.MaxValue, bool needsTraining = true,
        bool testSuffices = false)
    {
        var leftOut = new List<string>();
        var test = FindPair(folder, TestNames, leftOut);
        // Half a pair is left out only beside a whole one.
        var train = test is not null && testSuffices ? null
            : FindPair(folder, TrainNames, test is null || needsTraining ? null : leftOut);
        if (train is null && (test is null || (needsTraining && !testSuffices)))
        {
            throw test is null && leftOut.Count > 0 ? Half(folder, TestNames)
                : new UserErrorException("There are no training images here", where: folder,
                    expected: "train-images-idx3-ubyte and train-labels-idx1-ubyte, raw or .gz",
                    found: "only the test pair", todo: "put the training pair beside it");
        }

        var source = $"IDX files in {folder}";
        var tested = test is { } pair ? IdxReader.Read(pair.Images, pair.Labels) : null;
        if (train is not { } files)
        {
            return new DigitData(tested!, tested, source, null) { LeftOut = leftOut };
        }

        var set = IdxReader.Read(files.Images, files.Labels, out var labels, most);
        return new DigitData(set, tested, source, null) { LeftOut = leftOut, AllLabels = labels };
    }

    private static bool HoldsPair(string folder, string[] parts) => Array.Exists(parts, part =>
        Images(folder, part) is not null && Labels(folder, part) is not null);

    /// <summary>The two files of a set under the first of its names that has both; null for none.</summary>
    /// <exception cref="UserErrorException">There is half a pair, and nowhere to say that it is left out.</exception>
    private static (string Images, string Labels)? FindPair(string folder, string[] parts, List<string>? leftOut)
    {
        foreach (var part in parts)
        {
            if (Images(folder, part) is { } images && Labels(folder, part) is { } labels)
            {
                return (images, labels);
            }
        }

        foreach (var half in parts.Select(part => Images(folder, part) ?? Labels(folder, part)).OfType<string>())
        {
            if (leftOut is null)
            {
                throw Half(folder, parts);
            }

            leftOut.Add($"{half} is left out: half of its pair is missing");
        }

        return null;
    }

    private static UserErrorException Half(string folder, string[] parts)
    {
        var part = parts.First(part => Images(folder, part) is not null || Labels(folder, part) is not null);
        var present = Images(folder, part) ?? Labels(folder, part)!;
        var missing = Images(folder, part) is null ? $"{part}-images-idx3-ubyte" : $"{part}-labels-idx1-ubyte";
        return new UserErrorException("Half a pair of files is missing", where: folder,
            expected: $"{missing}, raw or .gz", found: $"only {Path.GetFileName(present)}",
            todo: "put both files there");
    }

    private static string? Images(string folder, string part) => Find(folder, $"{part}-images", 3);

    private static string? Labels(string folder, string part) => Find(folder, $"{part}-labels", 1);

    private static string? Find(string folder, string stem, int dimensions)
    {
        foreach (var name in (ReadOnlySpan<string>)[$"{stem}-idx{dimensions}-ubyte", $"{stem}.idx{dimensions}-ubyte"])
        {
            foreach (var ending in (ReadOnlySpan<string>)["", ".gz"])
            {
                var path = Path.Combine(folder, name + ending);
                if (File.Exists(path))
                {
                    return path;
                }
            }
        }

        return null;
    }
}
