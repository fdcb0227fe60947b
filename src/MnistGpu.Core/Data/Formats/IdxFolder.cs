namespace MnistGpu.Data.Formats;

/// <summary>A folder with MNIST's four files, raw or .gz, in either of the spellings in use.</summary>
public static class IdxFolder
{
    /// <summary>Whether the folder holds any of the four files.</summary>
    public static bool Holds(string folder) =>
        Find(folder, "train-images", 3) is not null || Find(folder, "train-labels", 1) is not null ||
        Find(folder, "t10k-images", 3) is not null || Find(folder, "t10k-labels", 1) is not null;

    /// <summary>Whether the folder holds all four files.</summary>
    public static bool HoldsAll(string folder) =>
        Find(folder, "train-images", 3) is not null && Find(folder, "train-labels", 1) is not null &&
        Find(folder, "t10k-images", 3) is not null && Find(folder, "t10k-labels", 1) is not null;

    /// <summary>
    /// Reads the training pair, the first <paramref name="most"/> images at most, and the test pair where there is one.
    /// </summary>
    /// <exception cref="UserErrorException">There is no training pair, half a pair, or a file is damaged.</exception>
    public static (DigitSet Train, DigitSet? Test) Read(string folder, int most = int.MaxValue) =>
        (ReadPair(folder, "train", most)
            ?? throw new UserErrorException("There are no training images here", where: folder,
            expected: "train-images-idx3-ubyte and train-labels-idx1-ubyte, raw or .gz", found: "only the test pair",
            todo: "put the training pair beside it"), ReadPair(folder, "t10k", int.MaxValue));

    private static DigitSet? ReadPair(string folder, string part, int most)
    {
        var images = Find(folder, $"{part}-images", 3);
        var labels = Find(folder, $"{part}-labels", 1);
        return (images, labels) switch
        {
            (null, null) => null,
            (null, _) => throw Half($"{part}-images-idx3-ubyte", labels!),
            (_, null) => throw Half($"{part}-labels-idx1-ubyte", images),
            _ => IdxReader.Read(images, labels, most),
        };

        UserErrorException Half(string missing, string present) => new("Half a pair of files is missing", where: folder,
            expected: $"{missing}, raw or .gz", found: $"only {Path.GetFileName(present)}",
            todo: "put both files there");
    }

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
