using System.Globalization;
using MnistGpu.Data.Formats;

namespace MnistGpu.Data.Sources;

/// <summary>Images to be named by a network: of a table, of an array, or of the files of a data set.</summary>
public sealed class ImageRows
{
    private readonly RawSet set;

    private ImageRows(RawSet set, ReadLog log) => (this.set, Log) = (set, log);

    /// <summary>Images.</summary>
    public int Count => set.Count;

    /// <summary>[pixels × m] bytes, an image's together.</summary>
    public ReadOnlyMemory<byte> X => set.Pixels;

    /// <summary>Where they come from, for people.</summary>
    public string Source => set.Source;

    /// <summary>Whether the classes are there, too.</summary>
    public bool HasLabels => set.Labels is not null;

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
        var set = Read(path, Parts(path, log)!, shape, options, log);
        return (set.Width, set.Height, set.Channels) == (shape.Width, shape.Height, shape.Channels)
            ? new ImageRows(set, log)
            : throw new UserErrorException("The network was trained on images of another size", where: set.Source,
                expected: shape.Size, found: $"{set.Width} × {set.Height}{(set.Channels == 1 ? "" : " in colour")}",
                todo: "name images of that size, or take another model");
    }

    /// <summary>The class that the source gives an image, in its own words.</summary>
    public string LabelOf(int j) => set.Labels!.Names is { } names ? names[set.Labels.Values[j]]
        : set.Labels.Values[j].ToString(CultureInfo.InvariantCulture);

    private static RawSet Read(string path, IReadOnlyList<SourcePart> parts, DataShape shape, ReadAs options,
        ReadLog log)
    {
        if (!parts.Any(DataFormats.IsArray))
        {
            var tables = parts.Where(part => part.Means.Split == Split.Test).ToArray();
            return TableSets.Set(tables.Length > 0 ? tables : [parts[0]],
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
