namespace MnistGpu.Data.Formats;

/// <summary>
/// A source of arrays, a pair of images and labels for each set: IDX under any of the names in use, .npy, and the
/// arrays of an .npz.
/// </summary>
internal sealed class ArraySets
{
    private readonly string source;
    private readonly ReadAs options;
    private readonly ReadLog log;
    private readonly List<(SourcePart Part, PartName Name)> parts;

    /// <summary>Finds the sets of a source.</summary>
    /// <param name="source">Where it is, for people.</param>
    /// <param name="all">Its files.</param>
    /// <param name="options">What the user says of them.</param>
    /// <param name="log">Is told what there is to say.</param>
    /// <exception cref="UserErrorException">There is more than one data set.</exception>
    public ArraySets(string source, IEnumerable<SourcePart> all, ReadAs options, ReadLog log)
    {
        (this.source, this.options, this.log) = (source, options, log);
        parts = [.. all.Where(part => DataFormats.IsArray(part))
            .Select(part => (part, Named(part)))];
        var stems = parts.Select(part => part.Name.Stem).Distinct().ToArray();
        if (stems.Length > 1 && stems.Count(Has) > 1)
        {
            throw new UserErrorException("There is more than one data set here", where: source,
                expected: "the files of one", found: string.Join(", ", stems.Take(6)),
                todo: "put each into a folder of its own, or name one file of the set that is meant");
        }
    }

    /// <summary>Whether there is any array.</summary>
    public bool Any => parts.Count > 0;

    /// <summary>Whether there is a whole pair.</summary>
    public bool Holds(Split split) => Find(split, Role.Images) is not null && Find(split, Role.Labels) is not null;

    /// <summary>
    /// Reads the training pair, the first <paramref name="most"/> images at most, and the test pair where there is one.
    /// Half a test pair is left out, and named.
    /// </summary>
    /// <param name="most">How many images to train on are kept.</param>
    /// <param name="needsTraining">Whether the test pair alone does not do.</param>
    /// <param name="testSuffices">Whether the training pair is not read where there is a test pair.</param>
    /// <exception cref="UserErrorException">There is no training pair, half of it, or a file is damaged.</exception>
    public DigitData Read(int most, bool needsTraining, bool testSuffices)
    {
        var test = Pair(Split.Test, log.LeftOut);
        // Half a pair is left out only beside a whole one.
        var train = test is not null && testSuffices ? null
            : Pair(Split.Train, test is null || needsTraining ? null : log.LeftOut);
        if (train is null && (test is null || (needsTraining && !testSuffices)))
        {
            throw test is null && parts.Exists(one => one.Name.Split == Split.Test) ? Half(Split.Test)
                : new UserErrorException("There are no training images here", where: source,
                    expected: "train-images-idx3-ubyte and train-labels-idx1-ubyte, raw or .gz, or x_train and y_train",
                    found: test is null ? "other arrays" : "only the test pair",
                    todo: "put the training pair beside it");
        }

        foreach (var (part, _) in parts.Where(one =>
            one.Name is { Split: Split.Validation, Role: Role.Images }))
        {
            log.LeftOut.Add($"{part.Path} is left out: images to hold out are taken from those to train on");
        }

        var names = ClassNames.Beside(parts.Select(one => one.Part.Path))
            ?? KnownClasses.Of(source, parts.Select(one => one.Part), log);
        var tested = test is { } pair ? Set(pair, int.MaxValue) : null;
        if (train is not { } files)
        {
            var only = Labelled.Make(tested!, null, source, log, names);
            return only with { Test = only.Train };
        }

        return Labelled.Make(Set(files, most), tested, source, log, names);
    }

    /// <summary>Images alone, of a source that may have no labels: those to test on first.</summary>
    /// <param name="named">The images that the user names; null for any.</param>
    /// <exception cref="UserErrorException">There are none, or a file is damaged.</exception>
    public RawSet ReadImages(SourcePart? named = null)
    {
        if (named is not null && parts.First(one => one.Part == named).Name is { Role: not Role.Labels } own)
        {
            return Set((named, Find(own.Split, Role.Labels)), int.MaxValue);
        }

        foreach (var split in (ReadOnlySpan<Split>)[Split.Test, Split.Unsaid, Split.Train, Split.Validation])
        {
            if (Find(split, Role.Images) is { } images)
            {
                return Set((images, Find(split, Role.Labels)), int.MaxValue);
            }
        }

        throw new UserErrorException("There are no images here", where: source, expected: "an array of images",
            found: "labels only", todo: "name the images");
    }

    /// <summary>Whether images and labels are called so.</summary>
    private bool Has(string stem) => parts.Any(part => part.Name.Stem == stem && part.Name.Role == Role.Images)
        && parts.Any(part => part.Name.Stem == stem && part.Name.Role == Role.Labels);

    private static PartName Named(SourcePart part)
    {
        var name = part.Means;
        // What is in an IDX file is known better than by its name.
        return IdxReader.DimensionsOf(part.Start()) is > 0 and var dimensions
            ? name with { Role = dimensions >= 3 ? Role.Images : Role.Labels } : name;
    }

    private RawSet Set((SourcePart Images, SourcePart? Labels) pair, int most)
    {
        var set = RawSet.Of(DataFormats.Array(pair.Images, Role.Images, most),
            pair.Labels is null ? null : DataFormats.Array(pair.Labels, Role.Labels, int.MaxValue), options, log,
            isIdx: !NpyReader.IsNpy(pair.Images.Start()));
        return set.Upright(KnownClasses.AreEmnist(source, parts.Select(one => one.Part)), options, log);
    }

    /// <summary>The two files of a set.</summary>
    /// <exception cref="UserErrorException">There is half a pair, and nowhere to say that it is left out.</exception>
    private (SourcePart Images, SourcePart? Labels)? Pair(Split split, List<string>? leftOut)
    {
        var (images, labels) = (Find(split, Role.Images), Find(split, Role.Labels));
        if (split == Split.Train && images is null && labels is null)
        {
            // A set that is not divided.
            (images, labels) = (Find(Split.Unsaid, Role.Images), Find(Split.Unsaid, Role.Labels));
        }

        if (images is not null && labels is not null)
        {
            return (images, labels);
        }

        if ((images ?? labels) is { } half)
        {
            (leftOut ?? throw Half(split)).Add($"{half.Path} is left out: half of its pair is missing");
        }

        return null;
    }

    private UserErrorException Half(Split split)
    {
        var (part, name) = parts.First(one => one.Name.Split == split || one.Name.Split == Split.Unsaid);
        var word = split == Split.Test ? PartName.Words(part.Name).Contains("test") ? "test" : "t10k" : "train";
        var missing = name.Role == Role.Images ? $"{word}-labels-idx1-ubyte" : $"{word}-images-idx3-ubyte";
        return new UserErrorException("Half a pair of files is missing", where: source,
            expected: $"{missing}, raw or .gz", found: $"only {part.Name}", todo: "put both files there");
    }

    /// <summary>The file of a part of a set; null for none.</summary>
    /// <exception cref="UserErrorException">There are two that may be it.</exception>
    private SourcePart? Find(Split split, Role role)
    {
        var found = parts.Where(one => one.Name.Split == split && one.Name.Role == role).ToArray();
        // Whole pairs go before halves, and MNIST's own name for its test pair before others'.
        var whole = Array.FindAll(found, one => Has(one.Name.Stem));
        found = whole.Length > 0 ? whole : found;
        var own = Array.FindAll(found, one => one.Part.Name.StartsWith("t10k", StringComparison.Ordinal));
        found = own.Length > 0 ? own : found;
        return found.Length < 2 ? found.FirstOrDefault().Part
            : throw new UserErrorException("Two files may be the same part of the set", where: source,
                expected: $"one file of {(role == Role.Labels ? "labels" : "images")}"
                    + split switch { Split.Train => " to train on", Split.Test => " to test on", _ => "" },
                found: $"{found[0].Part.Path} and {found[1].Part.Path}",
                todo: "name the folder of one set, or put train and test into their names");
    }
}
