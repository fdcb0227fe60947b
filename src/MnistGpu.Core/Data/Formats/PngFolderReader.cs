using MnistGpu.Data.Pictures.Decoding;
using MnistGpu.Data.Pictures.Ink;

namespace MnistGpu.Data.Formats;

/// <summary>
/// Reads pictures sorted into ten folders 0 to 9: PNGs, JPEGs and BMPs. Those of 28 × 28 pixels are taken as they are,
/// white on black; others are prepared as predict prepares a picture.
/// </summary>
public static class PngFolderReader
{
    // Folders that other programs hold images out in.
    private static readonly string[] OtherSets = ["valid", "val", "validation", "dev"];

    /// <summary>
    /// Whether the folder looks like one: it holds any of the folders 0 to 9, itself or in its folder train.
    /// </summary>
    public static bool Holds(string folder) => HasDigitFolder(folder) || HasDigitFolder(Path.Combine(folder, "train"));

    /// <summary>Reads the ten folders, or those of train/ and, where there is one, test/.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="asIs">Whether images that are dark on light are kept so. Else they are turned over where most are,
    /// for MNIST's are light on dark.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="UserErrorException">A folder is missing or empty, or a file is no picture.</exception>
    public static PictureFolder Read(string folder, bool asIs = false, CancellationToken cancel = default) =>
        Read(folder, asIs, [], cancel);

    /// <summary>The same; a folder test that is not sorted into ten folders is left out, and named.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="asIs">As above.</param>
    /// <param name="leftOut">Receives what lies beside the images and is not used.</param>
    /// <param name="cancel">Ends it.</param>
    /// <inheritdoc cref="Read(string, bool, CancellationToken)" path="/exception"/>
    internal static PictureFolder Read(string folder, bool asIs, List<string> leftOut, CancellationToken cancel)
    {
        var train = Path.Combine(folder, "train");
        var isDivided = HasDigitFolder(train);
        leftOut.AddRange(OtherSets.Where(name => Directory.Exists(Path.Combine(folder, name)))
            .Select(name => $"{Path.Combine(folder, name)} is left out: images to hold out are taken from those to "
                + "train on"));
        var test = Path.Combine(folder, "test");
        if (!Directory.Exists(test))
        {
            return PictureFolder.Create(ReadDigits(isDivided ? train : folder, asIs, cancel), null, asIs);
        }

        var missing = Enumerable.Range(0, DigitSet.Classes)
            .FirstOrDefault(digit => !Directory.Exists(Path.Combine(test, $"{digit}")), -1);
        if (missing >= 0)
        {
            leftOut.Add($"{test} is left out: it has no folder {missing}");
        }

        return PictureFolder.Create(ReadDigits(isDivided ? train : folder, asIs, cancel),
            missing < 0 ? ReadDigits(test, asIs, cancel) : null, asIs);
    }

    /// <summary>
    /// The images of ten folders, ordered by file name first and digit second, byte by byte: so that the first ones are
    /// not all zeros, and the order is the same on every file system.
    /// </summary>
    private static PictureSet ReadDigits(string folder, bool asIs, CancellationToken cancel)
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
                    todo: "sort the pictures into one folder per digit");
            }

            foreach (var path in Directory.EnumerateFiles(own))
            {
                var name = Path.GetFileName(path);
                // Hidden files are a system's, such as a Mac's ._5.png beside 5.png.
                if (name[0] == '.' || name is "Thumbs.db" or "desktop.ini")
                {
                    continue;
                }

                files.Add(PictureReader.Endings.Contains(Path.GetExtension(name)) ? (name, digit, path)
                    : throw new UserErrorException("This is no picture", where: path,
                        expected: "PNG, JPEG or BMP pictures, and no other files",
                        found: "a file with another ending", todo: "remove it, or save it as PNG"));
            }

            if (files.Count == before)
            {
                throw new UserErrorException("A folder is empty", where: own,
                    expected: "at least one PNG, JPEG or BMP", found: "none",
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
        var kinds = new PictureKinds[files.Count];
        var errors = new UserErrorException?[files.Count];
        Parallel.For(0, files.Count, new ParallelOptions { CancellationToken = cancel }, (j, loop) =>
        {
            labels[j] = files[j].Digit;
            try
            {
                kinds[j] = ReadImage(files[j].Path, asIs, pixels.AsSpan(j * DigitSet.Pixels, DigitSet.Pixels));
            }
            catch (UserErrorException e)
            {
                errors[j] = e;
                loop.Break();
            }
        });
        return Array.Find(errors, e => e is not null) is { } error ? throw error
            : new PictureSet(pixels, labels, kinds, folder);
    }

    private static PictureKinds ReadImage(string path, bool asIs, Span<byte> pixels)
    {
        var (picture, opacity) = PictureReader.Decode(PictureReader.Bytes(path), path, PictureReader.MaxPixels,
            DigitFinder.WorkingSide);
        if (picture.Width != DigitSet.Side || picture.Height != DigitSet.Side)
        {
            if (asIs)
            {
                throw new UserErrorException("This image has another size", where: path,
                    expected: $"{DigitSet.Side} × {DigitSet.Side} pixels, to be kept as it is",
                    found: $"{picture.Width} × {picture.Height}", todo: "leave --polarity out, or scale it");
            }

            try
            {
                DigitFinder.Find(picture, opacity, asOne: true)[0].Pixels.CopyTo(pixels);
                return PictureKinds.Prepared;
            }
            catch (UserErrorException e)
            {
                throw new UserErrorException($"{path}: ", e);
            }
        }

        // White ink on nothing: what is there is the ink.
        var blank = opacity is not null && picture.Pixels.Max() - picture.Pixels.Min() < Paper.LeastContrast;
        (blank ? opacity! : picture).Pixels.CopyTo(pixels);
        return opacity is null ? PictureKinds.None : PictureKinds.Clear;
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
}
