namespace MnistGpu.Data.Formats;

/// <summary>
/// A folder with MNIST's four files, raw or .gz, in any of the spellings in use; the test pair may be called test or
/// t10k.
/// </summary>
internal static class IdxFolder
{
    /// <summary>What the names of the files may begin with, before a hyphen.</summary>
    internal static IEnumerable<string> Parts => ["train", "t10k", "test"];

    /// <summary>Whether the folder holds any of the four files.</summary>
    public static bool Holds(string folder) => Directory.Exists(folder) && Sets(folder, new ReadLog()).Any;

    /// <summary>Whether the folder holds all four files.</summary>
    public static bool HoldsAll(string folder) => Directory.Exists(folder)
        && Sets(folder, new ReadLog()) is var sets && sets.Holds(Split.Train) && sets.Holds(Split.Test);

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
        bool testSuffices = false) =>
        Sets(folder, new ReadLog()).Read(most, needsTraining, testSuffices);

    private static ArraySets Sets(string folder, ReadLog log) =>
        new($"IDX files in {folder}", SourceFolder.Parts(folder, log), ReadAs.Guessed, log);
}
