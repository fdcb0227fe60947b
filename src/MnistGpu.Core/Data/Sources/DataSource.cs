using MnistGpu.Data.Formats;
using MnistGpu.Data.Synthetic;
using MnistGpu.Files;

namespace MnistGpu.Data.Sources;

/// <summary>Finds and reads the images that a user names with --data.</summary>
public static class DataSource
{
    private const string NoDataSet = "This file is no data set";
    private const string AutoWord = "auto";
    private const string SyntheticWord = "synthetic";

    /// <summary>The tutorial's file, looked for in a folder that holds nothing else.</summary>
    private const string KaggleFile = "train.csv";

    private const string KaggleTest = "test.csv";

    /// <summary>How many digits are drawn to train on where no number is given: as many as MNIST has.</summary>
    private const int SyntheticTrain = 60_000;

    /// <summary>Loads what <paramref name="data"/> names.</summary>
    /// <param name="data">
    /// auto; synthetic; a folder of IDX files; a CSV file; a folder with ten folders 0 to 9 of PNGs, or with train/ and
    /// test/ above them. auto takes the first there is: $MNISTGPU_DATA, MNIST in the folder data/, the user's cache,
    /// the download (not where MNISTGPU_OFFLINE is 1), and synthetic digits with a notice.
    /// </param>
    /// <param name="request">How much to load, and what to call meanwhile.</param>
    /// <param name="cancel">Ends a download or the drawing.</param>
    /// <exception cref="UserErrorException">There is no such data, or it is damaged.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> was signalled.</exception>
    public static DigitData Load(string data, DataRequest request, CancellationToken cancel) =>
        Load(data, request, DataPlaces.OfThisMachine, cancel);

    /// <summary>Loads what <paramref name="data"/> names, with auto looking in other places.</summary>
    /// <inheritdoc cref="Load(string, DataRequest, CancellationToken)"/>
    public static DigitData Load(string data, DataRequest request, DataPlaces places, CancellationToken cancel)
    {
        if (request.Limit is < 1)
        {
            throw new UserErrorException("This limit leaves nothing to train on", where: "--limit",
                expected: "at least 1", found: $"{request.Limit}", todo: "take more");
        }

        return data switch
        {
            AutoWord => Auto(request, places, cancel),
            SyntheticWord => Synthetic(request, null, cancel),
            _ => Named(data, request, cancel),
        };
    }

    /// <summary>Whether a name is a word with a meaning of its own, not a path, even if there is such a file.</summary>
    public static bool IsWord(string data) => data is AutoWord or SyntheticWord;

    private static DigitData Auto(DataRequest request, DataPlaces places, CancellationToken cancel)
    {
        if (!string.IsNullOrEmpty(places.Variable))
        {
            try
            {
                return places.Variable == SyntheticWord ? Synthetic(request, null, cancel)
                    : Named(places.Variable, request, cancel);
            }
            catch (UserErrorException e)
            {
                throw new UserErrorException("The environment variable MNISTGPU_DATA names no usable data. ", e);
            }
        }

        if (Holds(places.Folder))
        {
            return Named(places.Folder, request, cancel);
        }

        var found = FromCache(places, request, cancel);
        var why = "MNISTGPU_OFFLINE is set";
        if (found is null && places.Fetch is not null)
        {
            try
            {
                found = Named(places.Fetch(request, cancel), request, cancel);
            }
            catch (UserErrorException e)
            {
                why = $"it could not be downloaded ({e.Found})";
            }
        }

        return found is not null
            ? found
            : Synthetic(request,
                $"MNIST is not on this machine and {why}: synthetic digits instead; "
                    + "data/README.md says where to put MNIST",
                cancel);
    }

    private static DigitData? FromCache(DataPlaces places, DataRequest request, CancellationToken cancel)
    {
        try
        {
            return IdxFolder.HoldsAll(places.Cache) ? Named(places.Cache, request, cancel) : null;
        }
        catch (UserErrorException)
        {
            // Damaged since it was downloaded: downloading again mends it.
            return null;
        }
    }

    private static bool Holds(string folder) =>
        Directory.Exists(folder)
        && (IdxFolder.Holds(folder) || PngFolderReader.Holds(folder) || File.Exists(Path.Combine(folder, KaggleFile)));

    private static DigitData Named(string path, DataRequest request, CancellationToken cancel)
    {
        if (File.Exists(path))
        {
            return path.EndsWith(".csv", StringComparison.OrdinalIgnoreCase)
                ? Csv(path, test: null, request)
                : throw KnownFile.Refusal(path, NoDataSet, "a .csv file, or a folder")
                    ?? new UserErrorException(NoDataSet, where: path, expected: "a .csv file, or a folder",
                        found: $"a file named {Path.GetFileName(path)}",
                        todo: "for IDX files or PNGs name the folder that holds them");
        }

        if (!Directory.Exists(path))
        {
            throw new UserErrorException("There is no such data", where: path,
                expected: "auto, synthetic, a folder of IDX files or of PNGs, or a CSV file",
                found: path.Length == 0 ? "an empty name" : "nothing there", todo: "check the path");
        }

        if (IdxFolder.Holds(path))
        {
            return IdxFolder.Read(path, request.Limit ?? int.MaxValue, request.NeedsTraining, request.TestSuffices);
        }

        if (PngFolderReader.Holds(path))
        {
            var leftOut = new List<string>();
            var (train, test, isDark, notice) = PngFolderReader.Read(path, request.PolarityAsIs, leftOut, cancel);
            return new DigitData(First(train, request), test, $"pictures in {path}", notice)
            {
                LeftOut = leftOut,
                AllLabels = train.Labels,
                IsDark = isDark,
            };
        }

        if (File.Exists(Path.Combine(path, KaggleFile)))
        {
            var test = Path.Combine(path, KaggleTest);
            return Csv(Path.Combine(path, KaggleFile), File.Exists(test) ? test : null, request);
        }

        throw new UserErrorException("This folder holds no data set", where: path,
            expected: $"train-images-idx3-ubyte and its fellows (raw or .gz), folders 0 to 9 of PNGs, or {KaggleFile}",
            found: Directory.EnumerateFileSystemEntries(path).Order(StringComparer.Ordinal).Take(3)
                .Select(Path.GetFileName).ToArray() is { Length: > 0 } names
                ? $"other files, such as {string.Join(", ", names)}" : "an empty folder",
            todo: "see data/README.md for the formats");
    }

    /// <summary>A training file, and a test file that is used where it has labels: Kaggle's has none.</summary>
    private static DigitData Csv(string path, string? test, DataRequest request)
    {
        var train = CsvReader.Read(path);
        var leftOut = new List<string>();
        DigitSet? tested = null;
        if (test is not null && CsvReader.HasLabels(test))
        {
            tested = CsvReader.Read(test);
        }
        else if (test is not null)
        {
            leftOut.Add($"{test} is left out: it has no labels");
        }
        else if (Path.Combine(Path.GetDirectoryName(path) ?? "", KaggleTest) is var beside
            && Path.GetFileName(path) == KaggleFile && File.Exists(beside))
        {
            leftOut.Add($"{beside} is left out: to use it too, name the folder instead of the file");
        }

        return new DigitData(First(train, request), tested, $"CSV file {path}", null)
        {
            LeftOut = leftOut,
            AllLabels = train.Labels,
        };
    }

    private static DigitSet First(DigitSet train, DataRequest request) =>
        request.Limit < train.Count ? train.Slice(0, request.Limit.Value) : train;

    private static DigitData Synthetic(DataRequest request, string? notice, CancellationToken cancel)
    {
        if (request.Limit is < 1 or > SyntheticDigits.MaxCount)
        {
            throw new UserErrorException("That many digits cannot be drawn", where: "--limit",
                expected: $"1 to {SyntheticDigits.MaxCount}", found: $"{request.Limit}",
                todo: "ask for fewer");
        }

        var train = SyntheticDigits.Draw(request.Limit ?? SyntheticTrain, request.Seed, SyntheticPart.Train, cancel);
        var test = request.SyntheticTest > 0
            ? SyntheticDigits.Draw(request.SyntheticTest, request.Seed, SyntheticPart.Test, cancel) : null;
        return new DigitData(train, test, train.Source, notice);
    }
}
