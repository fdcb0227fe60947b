using MnistGpu.Data.Pictures;
using MnistGpu.Files;
using StbImageSharp;

namespace MnistGpu.Data.Formats;

/// <summary>Reads PNGs of 28 × 28 pixels, white on black as MNIST's are, sorted into ten folders 0 to 9.</summary>
public static class PngFolderReader
{
    // Folders that other programs hold images out in.
    private static readonly string[] OtherSets = ["valid", "val", "validation", "dev"];

    /// <summary>
    /// Whether the folder looks like one: it holds any of the folders 0 to 9, itself or in its folder train.
    /// </summary>
    public static bool Holds(string folder) => HasDigitFolder(folder) || HasDigitFolder(Path.Combine(folder, "train"));

    /// <summary>Reads the ten folders, or those of train/ and, where there is one, test/.</summary>
    /// <exception cref="UserErrorException">A folder is missing or empty, or a file is no PNG of 28 × 28
    /// pixels.</exception>
    public static (DigitSet Train, DigitSet? Test) Read(string folder, CancellationToken cancel = default) =>
        Read(folder, [], cancel);

    /// <summary>The same; a folder test that is not sorted into ten folders is left out, and named.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="leftOut">Receives what lies beside the images and is not used.</param>
    /// <param name="cancel">Ends it.</param>
    /// <inheritdoc cref="Read(string, CancellationToken)" path="/exception"/>
    internal static (DigitSet Train, DigitSet? Test) Read(string folder, List<string> leftOut, CancellationToken cancel)
    {
        var train = Path.Combine(folder, "train");
        var isDivided = HasDigitFolder(train);
        leftOut.AddRange(OtherSets.Where(name => Directory.Exists(Path.Combine(folder, name)))
            .Select(name => $"{Path.Combine(folder, name)} is left out: images to hold out are taken from those to "
                + "train on"));
        var test = Path.Combine(folder, "test");
        if (!Directory.Exists(test))
        {
            return (ReadDigits(isDivided ? train : folder, cancel), null);
        }

        var missing = Enumerable.Range(0, DigitSet.Classes)
            .FirstOrDefault(digit => !Directory.Exists(Path.Combine(test, $"{digit}")), -1);
        if (missing >= 0)
        {
            leftOut.Add($"{test} is left out: it has no folder {missing}");
        }

        return (ReadDigits(isDivided ? train : folder, cancel), missing < 0 ? ReadDigits(test, cancel) : null);
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
                // A hidden file is no image whatever its ending: a Mac writes ._5.png beside 5.png.
                if (name[0] != '.' && name.EndsWith(".png", StringComparison.OrdinalIgnoreCase))
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
            file = RegularFile.ReadAllBytes(path);
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

        png.RequireDecodable();
        ImageResult image;
        try
        {
            image = ImageResult.FromMemory(file, ColorComponents.GreyAlpha);
        }
        catch (Exception e) // The decoder throws whatever its arithmetic runs into.
        {
            throw new UserErrorException("This PNG is damaged", where: path, found: e.Message, todo: "make it again",
                inner: e);
        }

        for (var i = 0; i < pixels.Length; i++)
        {
            // On black, as MNIST's background is.
            pixels[i] = (byte)((image.Data[2 * i] * image.Data[2 * i + 1] + 127) / 255);
        }
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
