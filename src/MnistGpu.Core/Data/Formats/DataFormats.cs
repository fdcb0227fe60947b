namespace MnistGpu.Data.Formats;

/// <summary>A format whose files hold images and their labels together.</summary>
/// <param name="Name">What people call it.</param>
/// <param name="Is">Whether a file is of it, by its first bytes and its name.</param>
/// <param name="Read">Reads a file, of which no more than so many images are kept; their labels are all there, or null
/// where it has none.</param>
internal sealed record TableFormat(string Name, Func<byte[], string, bool> Is,
    Func<SourcePart, ReadAs, ReadLog, int, RawSet> Read);

/// <summary>The formats of data. A new one gets its file and its line here.</summary>
internal static class DataFormats
{
    /// <summary>Images and labels in one file, the first that recognises it.</summary>
    public static IReadOnlyList<TableFormat> Tables { get; } =
    [
        new("ARFF", ArffReader.IsArff, ArffReader.Read),
        new("MATLAB", MatReader.IsMat, MatReader.Read),
        new("Parquet", ParquetReader.IsParquet, ParquetReader.Read),
        new("CIFAR", CifarReader.IsCifar, CifarReader.Read),
        new("CSV", CsvReader.IsCsv, CsvReader.Read),
    ];

    /// <summary>Whether a file is an array, of images or of labels: by its content, or at least by its name.</summary>
    public static bool IsArray(SourcePart part) =>
        IdxReader.DimensionsOf(part.Start()) > 0 || NpyReader.IsNpy(part.Start()) || IdxReader.IsNamed(part.Name);

    /// <summary>The format of a file with images and labels; null for none.</summary>
    public static TableFormat? TableOf(SourcePart part) =>
        IsArray(part) ? null : Tables.FirstOrDefault(format => format.Is(part.Start(), part.Name));

    /// <summary>Whether a file may hold a set, or half of one.</summary>
    public static bool IsKnown(SourcePart part) => IsArray(part) || TableOf(part) is not null;

    /// <summary>An array's file.</summary>
    /// <param name="part">The file.</param>
    /// <param name="role">What its name says that it holds.</param>
    /// <param name="most">How many items are kept at most.</param>
    /// <exception cref="UserErrorException">It is damaged.</exception>
    public static NumberArray Array(SourcePart part, Role role, int most) =>
        NpyReader.IsNpy(part.Start()) ? NpyReader.Read(part, most)
        : role == Role.Images ? IdxReader.Images(part, most) : IdxReader.Labels(part);
}
