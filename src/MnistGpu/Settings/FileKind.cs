namespace MnistGpu.Program.Settings;

/// <summary>
/// What a file to write may be called: an ending that names another format would lie about what is in it.
/// </summary>
internal sealed record FileKind(string What, params string[] Endings)
{
    public static readonly FileKind Model = new("a model in the safetensors format", ".safetensors");
    public static readonly FileKind Report = new("an HTML page", ".html", ".htm");
    public static readonly FileKind Table = new("CSV", ".csv");
    public static readonly FileKind Script = new("a Python script", ".py");
    public static readonly FileKind Sheet = new("a PNG picture", ".png");

    // Endings that people know as a format; any other is a name like any other.
    private static readonly HashSet<string> Known = new(
    [
        ".safetensors", ".onnx", ".pt", ".pth", ".h5", ".hdf5", ".keras", ".npz", ".npy", ".pkl", ".pickle", ".joblib",
        ".tflite", ".pb", ".gguf", ".mat", ".msgpack", ".json", ".csv", ".tsv", ".txt", ".html", ".htm", ".pdf", ".md",
        ".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".svg", ".tif", ".tiff", ".zip", ".gz", ".tar", ".xlsx",
        ".parquet", ".py", ".cs",
    ], StringComparer.OrdinalIgnoreCase);

    /// <summary>Refuses a name whose ending is that of another format.</summary>
    /// <param name="option">What names the file.</param>
    /// <param name="path">The name.</param>
    /// <exception cref="UserErrorException">It is.</exception>
    public void Require(string option, string path)
    {
        var ending = Path.GetExtension(path);
        if (Known.Contains(ending) && !Endings.Contains(ending, StringComparer.OrdinalIgnoreCase))
        {
            throw new UserErrorException($"This file would be {What} under another format's name",
                where: $"{option} {path}", expected: $"a name that ends in {Endings[0]}, or in nothing known",
                found: ending, todo: $"name it {Path.GetFileName(Path.ChangeExtension(path, Endings[0]))}");
        }
    }
}
