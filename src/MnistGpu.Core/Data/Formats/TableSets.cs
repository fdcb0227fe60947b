namespace MnistGpu.Data.Formats;

/// <summary>A source of files that hold images and labels together, such as train.csv and test.csv.</summary>
internal static class TableSets
{
    /// <summary>Reads the sets of some files.</summary>
    /// <param name="source">Where they are, for people.</param>
    /// <param name="parts">The files.</param>
    /// <param name="options">What the user says of them.</param>
    /// <param name="log">Is told what there is to say.</param>
    /// <param name="most">How many images to train on are kept.</param>
    /// <exception cref="UserErrorException">There is nothing to train on, or a file is damaged.</exception>
    public static DigitData Read(string source, IReadOnlyList<SourcePart> parts, ReadAs options, ReadLog log, int most)
    {
        var bySplit = parts.Where(part => DataFormats.TableOf(part) is not null)
            .ToLookup(part => part.Means.Split);
        var training = (bySplit[Split.Train].Any() ? bySplit[Split.Train] : bySplit[Split.Unsaid]).ToArray();
        foreach (var part in bySplit[Split.Validation])
        {
            log.LeftOut.Add($"{part.Path} is left out: images to hold out are taken from those to train on");
        }

        foreach (var part in bySplit[Split.Train].Any() ? bySplit[Split.Unsaid] : [])
        {
            log.LeftOut.Add($"{part.Path} is left out: its name says neither train nor test");
        }

        if (training.Length == 0)
        {
            throw new UserErrorException("There are no training images here", where: source,
                expected: "a file called train, such as train.csv", found: "only files of other names",
                todo: "name the file to train on");
        }

        var train = Set(source, training, options, log, most);
        var test = bySplit[Split.Test].Any() ? Set(source, [.. bySplit[Split.Test]], options, log) : null;
        if (test is { Labels: null })
        {
            log.LeftOut.AddRange(bySplit[Split.Test].Select(part => $"{part.Path} is left out: it has no labels"));
            test = null;
        }

        if (test is not null)
        {
            ClassNames.RequireSame(train, test);
        }

        return Labelled.Make(train, test, source, log,
            ClassNames.Beside(parts.Select(part => part.Path)) ?? train.KnownNames
                ?? KnownClasses.Of(source, parts, log));
    }

    /// <summary>
    /// The images of some files, one after the other: the first <paramref name="most"/> at most, and all labels.
    /// </summary>
    /// <exception cref="UserErrorException">A file is damaged, or they do not fit each other.</exception>
    public static RawSet Set(string source, IReadOnlyList<SourcePart> parts, ReadAs options, ReadLog log,
        int most = int.MaxValue)
    {
        if (parts.GroupBy(part => part.Name).FirstOrDefault(same => same.Count() > 1) is { } same)
        {
            throw new UserErrorException("Two files of one name may be the set", where: same.First().Path,
                expected: "one of that name", found: $"{same.ElementAt(1).Path} too, which holds something else",
                todo: "name one of them, or put the set into a folder of its own");
        }

        var sets = new List<RawSet>();
        foreach (var part in parts.OrderBy(part => part.Name, ByNumbers.Instance))
        {
            // A reader wants an image to see what its numbers mean; behind the last that is kept, nobody else does.
            var left = most - sets.Sum(set => set.Count);
            sets.Add(DataFormats.TableOf(part)!.Read(part, options, left > 0 ? log : new ReadLog(), Math.Max(1, left)));
        }

        var set = (sets.Count == 1 ? sets[0] : RawSet.Joined(sets)).First(most);
        return set.Upright(KnownClasses.AreEmnist(source, parts), options, log);
    }
}
