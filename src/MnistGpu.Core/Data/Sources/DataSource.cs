using MnistGpu.Data.Formats;
using MnistGpu.Data.Synthetic;
using MnistGpu.Files;

namespace MnistGpu.Data.Sources;

/// <summary>Finds and reads the images that a user names with --data.</summary>
internal static class DataSource
{
    /// <summary>What --data calls MNIST, wherever it is found.</summary>
    public const string AutoWord = "auto";

    private const string NoDataSet = "This file is no data set";
    private const string SyntheticWord = "synthetic";

    /// <summary>How many digits are drawn to train on where no number is given: as many as MNIST has.</summary>
    private const int SyntheticTrain = 60_000;
    private const int SyntheticTests = 10_000;

    /// <summary>Loads what <paramref name="data"/> names.</summary>
    /// <param name="data">
    /// auto; synthetic; the name of a known data set; a file or a folder of files in any of the formats that
    /// <see cref="DataFormats"/> lists; a folder of pictures for each class, or train/ and test/ above them. auto takes
    /// the first there is: $MNISTGPU_DATA, MNIST in the folder data/, the user's cache, the download (not where
    /// MNISTGPU_OFFLINE is 1), and synthetic digits with a notice.
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
            throw new UserErrorException("This limit leaves nothing to train on", where: "LoadOptions.Limit",
                expected: "at least 1", found: $"{request.Limit}", todo: "take more");
        }

        return data switch
        {
            AutoWord => Auto(request, places, cancel),
            SyntheticWord => Synthetic(request, null, cancel),
            _ when DataManifest.Named(data) is { } known && !Path.Exists(data) => Known(known, request, places, cancel),
            _ => Named(data, request, cancel),
        };
    }

    /// <summary>Whether a name is a word with a meaning of its own, not a path, even if there is such a file.</summary>
    public static bool IsWord(string data) =>
        data is AutoWord or SyntheticWord || DataManifest.Named(data) is not null;

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

    /// <summary>A data set by its name: from the cache, or downloaded into it.</summary>
    private static DigitData Known(DataManifest known, DataRequest request, DataPlaces places, CancellationToken cancel)
    {
        var folder = places.FolderOf(known);
        if (IdxFolder.HoldsAll(folder))
        {
            return Named(folder, request, cancel);
        }

        if (places.FetchSet is { } fetch)
        {
            return Named(fetch(known, folder, request, cancel), request, cancel);
        }

        // What was put there needs no network.
        return known.Archive is { } archive && File.Exists(Path.Combine(places.Cache, archive.Kept))
            ? Named(Downloader.Fetch(known with { Mirrors = [] }, folder, request, cancel), request, cancel)
            : throw new UserErrorException($"{known.Name} is not on this machine, and MNISTGPU_OFFLINE is set",
                where: folder, expected: string.Join(", ", known.Files.Select(file => $"{file.Name}.gz")),
                found: Directory.Exists(folder) ? "not all of them" : "no such folder",
                todo: $"put them there, from {known.Mirrors[0]}{known.Archive?.Name} for example, or unset "
                    + "MNISTGPU_OFFLINE");
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

    private static bool Holds(string folder) => Directory.Exists(folder)
        && (SourcePart.Reading(folder, () => Directory.EnumerateFiles(folder).Select(SourcePart.Of)
            .Any(DataFormats.IsKnown)) || PngFolderReader.Holds(folder));

    private static DigitData Named(string path, DataRequest request, CancellationToken cancel)
    {
        if (File.Exists(path))
        {
            return OfFile(path, request, cancel);
        }

        if (!Directory.Exists(path))
        {
            throw new UserErrorException("There is no such data", where: path,
                expected: $"auto, synthetic, {DataManifest.Words}, a file of images, or a "
                    + "folder of such files or of pictures",
                found: path.Length == 0 ? "an empty name" : "nothing there", todo: "check the path");
        }

        var log = new ReadLog();
        var parts = SourceFolder.Parts(path, log);
        if (parts.Count > 0)
        {
            return OfParts(path, parts, request, log);
        }

        if (PngFolderReader.Holds(path))
        {
            return OfPictures(PngFolderReader.Read(PictureTree.OnDisk(path), request.PolarityAsIs, request.ReadAs,
                request.Shape, log, cancel), $"pictures in {path}", request, log);
        }

        // As an archive lies there that was downloaded and not unpacked.
        if (log.Unlisted is null && Directory.EnumerateFiles(path).Where(IsZip).ToArray() is [var zip])
        {
            return OfFile(zip, request, cancel);
        }

        throw log.Unlisted ?? new UserErrorException("This folder holds no data set", where: path,
            expected: "train-images-idx3-ubyte and its fellows (raw or .gz), a folder of pictures for each class, or "
                + "train.csv",
            found: Directory.EnumerateFileSystemEntries(path).Order(StringComparer.Ordinal).Take(3)
                .Select(Path.GetFileName).ToArray() is { Length: > 0 } names
                ? $"other files, such as {string.Join(", ", names)}" : "an empty folder",
            todo: "see data/README.md for the formats");
    }

    private static bool IsZip(string path) =>
        Path.GetExtension(path).Equals(".zip", StringComparison.OrdinalIgnoreCase);

    private static DigitData OfFile(string path, DataRequest request, CancellationToken cancel)
    {
        var log = new ReadLog();
        var part = SourcePart.Of(path);
        var parts = SourceFolder.Expand(part).Where(DataFormats.IsKnown).ToList();
        if (parts.Count < 2 && SourceFolder.IsZip(part))
        {
            using var zip = new ZippedPictures(path);
            if (parts.Count == 0 && PngFolderReader.Holds(zip.Root))
            {
                zip.SayTooDeep(log);
                return OfPictures(PngFolderReader.Read(zip.Root, request.PolarityAsIs, request.ReadAs, request.Shape,
                    log, cancel), $"pictures in {path}", request, log);
            }

            if (parts is [var inside] && zip.FolderOf(inside) is { } own && PictureList.Of(inside, own) is { } zipped)
            {
                zip.SayTooDeep(log);
                return OfList(path, zipped, request, log, cancel);
            }
        }
        else if (parts is [var one] && PictureList.Of(one,
            PictureTree.OnDisk(Path.GetDirectoryName(Path.GetFullPath(path))!)) is { } list)
        {
            return OfList(path, list, request, log, cancel);
        }

        if (parts is [var array] && DataFormats.IsArray(array))
        {
            // Its fellows lie beside it.
            var stem = PartName.Of(array.Name).Stem;
            parts = [.. SourceFolder.Parts(Path.GetDirectoryName(Path.GetFullPath(path))!, log)
                .Where(other => PartName.Of(other.Name).Stem == stem)];
        }

        if (parts.Count > 0)
        {
            SayBeside(path, log);
            return OfParts(path, parts, request, log);
        }

        const string Expected =
            "IDX, CSV, ARFF, .npz, .npy, .mat, Parquet, CIFAR's .bin, a .zip file of them or of pictures, or a folder";
        throw KnownFile.Refusal(path, NoDataSet, Expected)
            ?? new UserErrorException(NoDataSet, where: path, expected: Expected,
                found: $"a file named {Path.GetFileName(path)}", todo: "see data/README.md for the formats");
    }

    private static DigitData OfParts(string path, IReadOnlyList<SourcePart> parts, DataRequest request, ReadLog log)
    {
        var most = request.Limit ?? int.MaxValue;
        if (parts.Any(DataFormats.IsArray))
        {
            log.LeftOut.AddRange(parts.Where(part => !DataFormats.IsArray(part))
                .Select(part => $"{part.Path} is left out: the arrays beside it are the set"));
            var kind = parts.Any(part => NpyReader.IsNpy(part.Start())) ? "NumPy arrays" : "IDX files";
            return new ArraySets($"{kind} in {path}", parts, request.ReadAs, log)
                .Read(most, request.NeedsTraining, request.TestSuffices);
        }

        var format = DataFormats.TableOf(parts[0])!.Name;
        // A network knows the size of its images better than a row of numbers does.
        var options = request is { Shape: { } wanted, ReadAs.Size: null }
            ? request.ReadAs with { Size = (wanted.Width, wanted.Height) } : request.ReadAs;
        return TableSets.Read(File.Exists(path) ? $"{format} file {path}" : $"{format} files in {path}", parts, options,
            log, most);
    }

    private static DigitData OfList(string path, List<ClassedPicture> list, DataRequest request, ReadLog log,
        CancellationToken cancel) => OfPictures(PngFolderReader.ReadList(path, list, request.ReadAs, request.Shape, log,
            cancel), $"pictures listed in {path}", request, log);

    private static DigitData OfPictures(PictureFolder read, string source, DataRequest request, ReadLog log) =>
        new(First(read.Train, request), read.Test, source, null)
        {
            LeftOut = log.LeftOut,
            Guesses = log.Guesses,
            AllLabels = read.Train.Labels,
            IsDark = read.IsDark,
        };

    /// <summary>Names a test file beside a training file that is named alone.</summary>
    private static void SayBeside(string path, ReadLog log)
    {
        var own = PartName.Of(Path.GetFileName(path));
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var beside = own is { Split: Split.Train, Role: Role.Unsaid } ? Directory.EnumerateFiles(folder)
            .FirstOrDefault(other => PartName.Of(Path.GetFileName(other)) is { Split: Split.Test } name
                && name.Stem == own.Stem
                && Path.GetExtension(other) == Path.GetExtension(path)) : null;
        if (beside is not null)
        {
            log.LeftOut.Add($"{beside} is left out: to use it too, name the folder instead of the file");
        }
    }

    private static DigitSet First(DigitSet train, DataRequest request) =>
        request.Limit < train.Count ? train.Slice(0, request.Limit.Value) : train;

    private static DigitData Synthetic(DataRequest request, string? notice, CancellationToken cancel)
    {
        if (request.Limit is < 1 or > SyntheticDigits.MaxCount)
        {
            throw new UserErrorException("That many digits cannot be drawn", where: "LoadOptions.Limit",
                expected: $"1 to {SyntheticDigits.MaxCount}", found: $"{request.Limit}",
                todo: "ask for fewer");
        }

        var train = SyntheticDigits.Draw(request.Limit ?? SyntheticTrain, request.Seed, SyntheticPart.Train, cancel);
        var tests = request.SyntheticTest ?? Math.Min(train.Count, SyntheticTests);
        var test = tests > 0 ? SyntheticDigits.Draw(tests, request.Seed, SyntheticPart.Test, cancel) : null;
        return new DigitData(train, test, train.Source, notice);
    }
}
