using System.Collections.Immutable;
using System.Globalization;
using MnistGpu.Data.Formats;

namespace MnistGpu.Data.Sources;

/// <summary>Images to be named by a network: of a table, of an array, or of the files of a data set.</summary>
internal sealed class ImageRows
{
    private readonly RawSet set;

    private ImageRows(RawSet set, int[]? labels, int? firstLabel, ReadLog log) =>
        (this.set, Labels, FirstLabel, Log) = (set, labels, firstLabel, log);

    /// <summary>Images.</summary>
    public int Count => set.Count;

    /// <summary>[pixels × m] bytes, an image's together.</summary>
    public ReadOnlyMemory<byte> X => set.Pixels;

    /// <summary>Where they come from, for people.</summary>
    public string Source => set.Source;

    /// <summary>
    /// The network's output for the class that the source gives each image; null where it gives none, or one that the
    /// network does not know.
    /// </summary>
    public IReadOnlyList<int>? Labels { get; }

    /// <summary>
    /// The number that the source's kind of files has for the network's first class, and so on; null where they have
    /// the classes' names.
    /// </summary>
    public int? FirstLabel { get; }

    /// <summary>What there is to say of the source.</summary>
    public ReadLog Log { get; }

    /// <summary>
    /// Whether a path is a source of images in rows: a file or a folder in one of the formats of data sets, and no
    /// picture or folder of pictures.
    /// </summary>
    public static bool Is(string path) => Parts(path, new ReadLog()) is { Count: > 0 };

    /// <summary>Reads the images; of a source with several sets those to test on.</summary>
    /// <param name="path">The file or the folder.</param>
    /// <param name="shape">The images that the network reads.</param>
    /// <param name="options">What the user says of the files.</param>
    /// <exception cref="UserErrorException">There are no images of that size, or a file is damaged.</exception>
    public static ImageRows Read(string path, DataShape shape, ReadAs options)
    {
        var log = new ReadLog();
        var parts = Parts(path, log)!;
        var set = Read(path, parts, shape, options, log);
        if ((set.Width, set.Height, set.Channels) != (shape.Width, shape.Height, shape.Channels))
        {
            throw new UserErrorException("The network was trained on images of another size", where: set.Source,
                expected: shape.Size, found: $"{set.Width} × {set.Height}{(set.Channels == 1 ? "" : " in colour")}",
                todo: "name images of that size, or take another model");
        }

        var known = new ReadLog();
        var names = ClassNames.Beside(parts.Select(part => part.File)) ?? set.KnownNames
            ?? KnownClasses.Of(path, parts, known);
        var labels = set.Labels is null ? null : Matched(set.Labels, set.Source, shape, names, log, known);
        return new ImageRows(set, labels, KnownClasses.FirstLabel(shape.ClassNames)
            ?? (names is { } own && own.AsSpan().SequenceEqual(shape.ClassNames.AsSpan()) ? 0 : null), log);
    }

    /// <summary>The files that <see cref="Read(string, DataShape, ReadAs)"/> may read of a source.</summary>
    /// <exception cref="UserErrorException">It cannot be listed.</exception>
    public static IEnumerable<string> Files(string path) =>
        (Parts(path, new ReadLog()) ?? []).Select(part => part.File).Distinct();

    /// <summary>The network's outputs for labels, by their names or by those that their numbers stand
    /// for.</summary>
    private static int[]? Matched(RawLabels labels, string source, DataShape shape, ImmutableArray<string>? known,
        ReadLog log, ReadLog knownLog)
    {
        var values = labels.Values.Distinct().Order().ToArray();
        string Own(int value) => labels.Names is { } names ? Plain.Text(names[value], DataShape.MaxName)
            : value.ToString(CultureInfo.InvariantCulture);
        var outputs = values.ToDictionary(value => value, value => shape.ClassNames.IndexOf(Own(value)));
        if (labels.Names is null && known is { } all && outputs.ContainsValue(-1))
        {
            var first = values[0] == 1 && values[^1] == all.Length && all.Length > 1 ? 1 : 0;
            var named = values.ToDictionary(value => value, value => value >= first && value - first < all.Length
                ? shape.ClassNames.IndexOf(all[value - first]) : -1);
            if (!named.ContainsValue(-1))
            {
                knownLog.Guesses.ForEach(log.Guess);
                outputs = named;
            }
        }

        if (outputs.FirstOrDefault(one => one.Value < 0) is { Value: < 0 } other)
        {
            log.LeftOut.Add($"the labels of {source} are left out: '{Plain.Text(Own(other.Key), 40)}' is no class of "
                + "the network");
            return null;
        }

        return Array.ConvertAll(labels.Values, value => outputs[value]);
    }

    private static RawSet Read(string path, IReadOnlyList<SourcePart> parts, DataShape shape, ReadAs options,
        ReadLog log)
    {
        if (!parts.Any(DataFormats.IsArray))
        {
            var tables = parts.Where(part => part.Means.Split == Split.Test).ToArray();
            if (tables.Length == 0 && parts.Count > 1)
            {
                log.Guess($"the images are those of {parts[0].Path}, the first of {parts.Count} tables: none is called "
                    + "test (name another file instead of the folder)");
            }

            return TableSets.Set(path, tables.Length > 0 ? tables : [parts[0]],
                options with { Size = options.Size ?? (shape.Width, shape.Height) }, log);
        }

        var named = parts.FirstOrDefault(part => part.Path == path && DataFormats.IsArray(part));
        return new ArraySets(path, named is null ? parts : Beside(named, log), options, log).ReadImages(named);
    }

    /// <summary>An array's fellows: its labels may lie beside it.</summary>
    private static IEnumerable<SourcePart> Beside(SourcePart array, ReadLog log)
    {
        var stem = PartName.Of(array.Name).Stem;
        return SourceFolder.Parts(Path.GetDirectoryName(Path.GetFullPath(array.Path))!, log)
            .Where(other => other.Name != array.Name && PartName.Of(other.Name).Stem == stem).Append(array);
    }

    private static IReadOnlyList<SourcePart>? Parts(string path, ReadLog log)
    {
        if (Directory.Exists(path))
        {
            return SourceFolder.HoldsPictures(path) ? null : SourceFolder.Parts(path, log);
        }

        return !File.Exists(path) || SourceFolder.IsPicture(path) ? null
            : [.. SourceFolder.Expand(SourcePart.Of(path)).Where(DataFormats.IsKnown)];
    }
}
