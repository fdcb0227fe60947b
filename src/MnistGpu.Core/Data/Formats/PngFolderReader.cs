using MnistGpu.Data.Pictures.Decoding;

namespace MnistGpu.Data.Formats;

/// <summary>Reads PNGs of 28 × 28 pixels, white on black as MNIST's are, sorted into ten folders 0 to 9.</summary>
public static class PngFolderReader
{
    /// <summary>
    /// Whether the folder looks like one: it holds any of the folders 0 to 9, itself or in its folder train.
    /// </summary>
    public static bool Holds(string folder) => HasDigitFolder(folder) || HasDigitFolder(Path.Combine(folder, "train"));

    /// <summary>Reads the ten folders, or those of train/ and, where there is one, test/.</summary>
    /// <exception cref="UserErrorException">A folder is missing or empty, or a file is no PNG of 28 × 28
    /// pixels.</exception>
    public static (DigitSet Train, DigitSet? Test) Read(string folder, CancellationToken cancel = default)
    {
        var train = Path.Combine(folder, "train");
        if (!HasDigitFolder(train))
        {
            return (ReadDigits(folder, cancel), null);
        }

        var test = Path.Combine(folder, "test");
        return (ReadDigits(train, cancel), Directory.Exists(test) ? ReadDigits(test, cancel) : null);
    }

    /// <summary>
    /// The images of ten folders, ordered by file name first and digit second, byte by byte: so that the first ones are
    /// not all zeros, and the order is the same on every file system.
    /// </summary>
    private static DigitSet ReadDigits(string folder, CancellationToken cancel)
    {
        var files = new List<(string Name, byte Digit, string Path)>();
        for (byte digit = 0; digit < DigitSet.Classes; digit++)
        {
            var own = Path.Combine(folder, $"{digit}");
            var before = files.Count;
            if (!Directory.Exists(own))
            {
                throw new UserErrorException("A folder is missing", where: folder, expected: "ten folders, 0 to 9",
                    found: $"no folder {digit}",
                    todo: "sort the PNGs into one folder per digit");
            }

            foreach (var path in Directory.EnumerateFiles(own))
            {
                var name = Path.GetFileName(path);
                if (name.EndsWith(".png", StringComparison.OrdinalIgnoreCase))
                {
                    files.Add((name, digit, path));
                }
                else if (name[0] != '.' && name is not ("Thumbs.db" or "desktop.ini"))
                {
                    throw NotPng(path, "another kind of file");
                }
            }

            if (files.Count == before)
            {
                throw new UserErrorException("A folder is empty", where: own,
                    expected: "at least one PNG of 28 × 28 pixels", found: "none",
                    todo: "put images there, or name another folder");
            }
        }

        files.Sort((a, b) =>
            string.CompareOrdinal(a.Name, b.Name) is var order and not 0 ? order : a.Digit.CompareTo(b.Digit));
        if (files.Count > Array.MaxLength / DigitSet.Pixels)
        {
            throw new UserErrorException("There are too many images", where: folder,
                expected: $"at most {Array.MaxLength / DigitSet.Pixels}",
                found: $"{files.Count}", todo: "leave some out");
        }

        var pixels = new byte[files.Count * DigitSet.Pixels];
        var labels = new byte[files.Count];
        var errors = new UserErrorException?[files.Count];
        Parallel.For(0, files.Count, new ParallelOptions { CancellationToken = cancel }, (j, loop) =>
        {
            labels[j] = files[j].Digit;
            try
            {
                ReadImage(files[j].Path, pixels.AsSpan(j * DigitSet.Pixels, DigitSet.Pixels));
            }
            catch (UserErrorException e)
            {
                errors[j] = e;
                loop.Break();
            }
        });
        return Array.Find(errors, e => e is not null) is { } error ? throw error : new DigitSet(pixels, labels, folder);
    }

    private static void ReadImage(string path, Span<byte> pixels)
    {
        byte[] file;
        try
        {
            file = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException("This file cannot be read", where: path, found: e.Message,
                todo: "name an ordinary file that you may read", inner: e);
        }

        if (PngFile.From(file, path) is not { } png)
        {
            throw NotPng(path, file.Length == 0 ? "an empty file"
                : $"first bytes {Convert.ToHexString(file.AsSpan(0, Math.Min(8, file.Length)))}");
        }

        if (png.Width != DigitSet.Side || png.Height != DigitSet.Side)
        {
            throw new UserErrorException("This image has another size", where: path,
                expected: $"{DigitSet.Side} × {DigitSet.Side} pixels",
                found: $"{png.Width} × {png.Height}", todo: "scale it as MNIST does, or leave it out");
        }

        var (onPaper, _) = PictureReader.Decode(file, path, DigitSet.Pixels, DigitSet.Side);
        onPaper.Pixels.CopyTo(pixels);
    }

    private static bool HasDigitFolder(string folder)
    {
        for (var digit = 0; digit < DigitSet.Classes; digit++)
        {
            if (Directory.Exists(Path.Combine(folder, $"{digit}")))
            {
                return true;
            }
        }

        return false;
    }

    private static UserErrorException NotPng(string path, string found) =>
        new("This is no PNG", where: path, expected: "a PNG of 28 × 28 pixels", found: found,
            todo: "remove it, or make it a PNG");
}
