using System.Text;
using System.Text.RegularExpressions;

namespace MnistGpu.Files;

/// <summary>Files of other kinds, known by their first bytes: what they are, and the way out.</summary>
/// <param name="Name">What it is.</param>
/// <param name="WayOut">What to do with it.</param>
internal sealed partial record KnownFile(string Name, string WayOut)
{
    // Enough for the name in a tar's first header, and for the first line of a text.
    private const int Start = 600;

    private const string Unpack = "unpack it, and name what was in it";
    private const string NotThis = "name another file";
    private const string AsModel = "save the weights as safetensors (in Python: safetensors.torch.save_file)";
    private const string AsCsv = "write it as CSV: label,pixel0,…,pixel783, then a line per image";

    private static readonly (string Bytes, string Name, string WayOut)[] Starts =
    [
        ("\x1F\x8B", "a gzip file", Unpack),
        ("BZh", "a bzip2 file", Unpack),
        ("\xFD" + "7zXZ", "an xz file", Unpack),
        ("7z\xBC\xAF", "a 7-Zip file", Unpack),
        ("Rar!", "a RAR file", Unpack),
        ("\x28\xB5\x2F\xFD", "a Zstandard file", Unpack),
        ("PAR1", "a Parquet file", $"{AsCsv} (in Python: pandas.read_parquet, then to_csv)"),
        ("MATLAB 5.0 MAT", "a MATLAB file", AsCsv),
        ("\x89HDF", "an HDF5 file, as Keras and MATLAB 7.3 write them", $"{AsModel}, or {AsCsv}"),
        ("\x93NUMPY", "a NumPy array", $"{AsCsv} (numpy.savetxt)"),
        ("\x80\x02", "a Python pickle, as older PyTorch files are", AsModel),
        ("\x80\x03", "a Python pickle", AsModel),
        ("\x80\x04", "a Python pickle", AsModel),
        ("\x80\x05", "a Python pickle", AsModel),
        ("GGUF", "a GGUF model", NotThis),
        ("SQLite format 3", "an SQLite database", AsCsv),
        ("%PDF", "a PDF", NotThis),
        ("\x89PNG", "a PNG picture", "name the folder of pictures, not one of them"),
        ("\xFF\xD8\xFF", "a JPEG picture", "name the folder of pictures, not one of them"),
        ("GIF8", "a GIF picture", "save it as PNG"),
        ("II*\0", "a TIFF picture", "save it as PNG"),
        ("MM\0*", "a TIFF picture", "save it as PNG"),
        ("version https://git-lfs", "a pointer of Git LFS in the place of the file", "fetch the file: git lfs pull"),
        ("\0\0\x08\x03", "an IDX file of images", "name the folder that holds it"),
        ("\0\0\x08\x01", "an IDX file of labels", "name the folder that holds it"),
    ];

    /// <summary>What a file is; null where it cannot be read or is nothing that is known here.</summary>
    public static KnownFile? At(string path)
    {
        try
        {
            using var file = RegularFile.Open(path);
            Span<byte> start = stackalloc byte[Start];
            return Recognize(start[..file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            return null;
        }
    }

    /// <summary>Refuses a file by what it is; null where that is not known.</summary>
    /// <param name="path">The file.</param>
    /// <param name="what">What it is not.</param>
    /// <param name="expected">What should have been there.</param>
    public static UserErrorException? Refusal(string path, string what, string expected) =>
        At(path) is not { } known ? null
        : new UserErrorException(what, where: path, expected: expected, found: known.Name, todo: known.WayOut);

    /// <summary>Whether a zip file is a model of PyTorch's, by its first bytes.</summary>
    public static bool IsModel(ReadOnlySpan<byte> start) => Recognize(start)?.WayOut == AsModel;

    /// <summary>What a file with these first bytes is; null for nothing that is known here.</summary>
    public static KnownFile? Recognize(ReadOnlySpan<byte> start)
    {
        // A character for each byte.
        var text = Encoding.Latin1.GetString(start);
        if (text.StartsWith("PK\x03\x04", StringComparison.Ordinal))
        {
            return text.Contains("data.pkl", StringComparison.Ordinal) ? new("a PyTorch file", AsModel)
                : text.Contains(".npy", StringComparison.Ordinal) ? new("an .npz file of NumPy arrays", AsCsv)
                : new("a ZIP file", Unpack);
        }

        if (text.Length > 262 && text[257..262] == "ustar")
        {
            return new("a tar file", Unpack);
        }

        if (Array.Find(Starts, known => text.StartsWith(known.Bytes, StringComparison.Ordinal)) is { Name: not null }
            found)
        {
            return new(found.Name, found.WayOut);
        }

        return WebPage().IsMatch(text)
            ? new("a web page: the server answered with HTML in the place of the file",
                "open its address in a browser, and save the file itself")
            : Arff().IsMatch(text) ? new("an ARFF file, as Weka and OpenML have them", AsCsv)
            : SvmLight().IsMatch(text) ? new("a LIBSVM file", AsCsv) : null;
    }

    [GeneratedRegex(@"^(?:ï»¿)?\s*<(?:!doctype\s+html|html|head|\?xml)", RegexOptions.IgnoreCase)]
    private static partial Regex WebPage();

    [GeneratedRegex(@"^(?:\s*%[^\n]*\n|\s*\n)*\s*@relation\s", RegexOptions.IgnoreCase)]
    private static partial Regex Arff();

    [GeneratedRegex(@"^[+-]?\d+(?:\.\d+)?[ \t]+\d+:[-+.\deE]+(?:[ \t\r\n]|$)")]
    private static partial Regex SvmLight();
}
