using System.Text.RegularExpressions;
using MnistGpu.Data.Pictures;
using MnistGpu.Data.Pictures.Decoding;
using MnistGpu.Data.Pictures.Ink;

namespace MnistGpu.Data.Formats;

/// <summary>
/// Reads pictures sorted into a folder for each class: PNGs, JPEGs and BMPs. Digits of 28 × 28 pixels are taken as
/// they are, white on black; other digits are prepared as predict prepares a picture, and other things scaled to one
/// size.
/// </summary>
internal static partial class PngFolderReader
{
    // An archive unpacked into a folder of its own is a level more.
    private const int Deepest = 2;

    /// <summary>Whether the folder holds pictures in folders, or under names that end in their class.</summary>
    public static bool Holds(string folder) => Directory.Exists(folder) && Holds(PictureTree.OnDisk(folder));

    /// <summary>The same of a folder that may be in a zip file.</summary>
    internal static bool Holds(PictureTree folder) => Find(folder) is not null;

    /// <summary>Reads the class folders, or those of train/ and, where there is one, test/.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="asIs">Whether digits that are dark on light are kept so. Else they are turned over where most are,
    /// for MNIST's are light on dark.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="UserErrorException">A folder is missing or empty, or a file is no picture.</exception>
    public static PictureFolder Read(string folder, bool asIs = false, CancellationToken cancel = default) =>
        Read(PictureTree.OnDisk(folder), asIs, ReadAs.Guessed, null, new ReadLog(), cancel);

    /// <summary>The same; a folder test that is not sorted is left out, and named.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="asIs">As above.</param>
    /// <param name="options">What the user says of the pictures.</param>
    /// <param name="wanted">The images that a network reads; null for none.</param>
    /// <param name="log">Receives what lies beside the images and is not used, and what was guessed.</param>
    /// <param name="cancel">Ends it.</param>
    /// <inheritdoc cref="Read(string, bool, CancellationToken)" path="/exception"/>
    internal static PictureFolder Read(PictureTree folder, bool asIs, ReadAs options, DataShape? wanted, ReadLog log,
        CancellationToken cancel)
    {
        var (train, test, others) = Find(folder) ?? throw new UserErrorException("There are no pictures here",
            where: folder.Path, expected: "a folder of pictures for each class", found: "none", todo: "check the path");
        log.LeftOut.AddRange(others.Select(other =>
            $"{other.Path} is left out: images to hold out are taken from those to train on"));
        var files = Sorted(train);
        if (!train.Folders.Any(IsClass))
        {
            log.Guess($"the classes of the pictures in {train.Path} are the ends of their names, as in "
                + $"{files[0].File.Name}: '{files[0].Class}' (a folder for each class says otherwise)");
        }

        string[] names = [.. files.Select(file => file.Class).Distinct().Order(ByNumbers.Instance)];
        RequireClasses(train.Path, names, "folder", "folders");
        var tested = test is null ? null : Tested(test, names, log);
        var shape = PictureShape.Of([.. files.Select(file => file.File)], names, options, wanted, log,
            out var isOneSize);
        var odd = isOneSize ? log : null;
        return PictureFolder.Create(Images(train.Path, files, shape, asIs, odd, cancel),
            tested is null ? null : Images(test!.Path, tested, shape, asIs, odd, cancel), asIs, log);
    }

    /// <summary>Pictures and their classes by a table of files and labels.</summary>
    /// <param name="list">Where the table is, for people.</param>
    /// <param name="files">Each picture and its class.</param>
    /// <param name="options">What the user says of the pictures.</param>
    /// <param name="wanted">The images that a network reads; null for none.</param>
    /// <param name="log">Receives what was guessed.</param>
    /// <param name="cancel">Ends it.</param>
    internal static PictureFolder ReadList(string list, List<ClassedPicture> files, ReadAs options, DataShape? wanted,
        ReadLog log, CancellationToken cancel)
    {
        string[] names = [.. files.Select(file => file.Class).Distinct().Order(ByNumbers.Instance)];
        RequireClasses(list, names, "class", "classes");
        var shape = PictureShape.Of([.. files.Select(file => file.File)], names, options, wanted, log,
            out var isOneSize);
        return PictureFolder.Create(Images(list, files, shape, asIs: false, isOneSize ? log : null, cancel), null,
            asIs: false, log);
    }

    /// <summary>Where a folder's pictures to train and to test on lie, and what else is there.</summary>
    private static (PictureTree Train, PictureTree? Test, IReadOnlyList<PictureTree> Others)? Find(PictureTree folder,
        int depth = 0)
    {
        var splits = folder.Folders.ToLookup(own => PartName.SplitOf(own.Name));
        var train = splits[Split.Train].FirstOrDefault(IsSorted);
        if (train is not null || IsSorted(folder))
        {
            return (train ?? folder, splits[Split.Test].FirstOrDefault(),
                [.. splits[Split.Validation].Where(own => train is not null || IsSorted(own))]);
        }

        return folder.Folders is [var only] && depth < Deepest ? Find(only, depth + 1) : null;
    }

    /// <summary>Whether a folder's pictures are sorted: into folders, or by the ends of their names.</summary>
    private static bool IsSorted(PictureTree folder) =>
        folder.Folders.Any(own => IsClass(own)
            && (IsDigit(own) || own.Files.Any(file => PictureTree.IsPictureOfAnyKind(file.Name))))
        || (folder.Pictures.Take(2).ToArray() is { Length: 2 } two
            && Array.TrueForAll(two, file => FlatClass(file) is not null));

    private static bool IsClass(PictureTree folder) => PartName.SplitOf(folder.Name) == Split.Unsaid;

    private static bool IsDigit(PictureTree folder) => folder.Name is [>= '0' and <= '9'];

    /// <summary>The class at the end of a name such as 00017_5.png; null where there is none.</summary>
    private static string? FlatClass(StoredPicture file) =>
        Flat().Match(Path.GetFileNameWithoutExtension(file.Name)) is { Success: true } found ? found.Groups[1].Value
            : null;

    /// <summary>
    /// The pictures ordered by file name first and class second, byte by byte: so that the first ones are not all of
    /// one class, and the order is the same on every file system.
    /// </summary>
    private static List<ClassedPicture> Sorted(PictureTree folder)
    {
        var files = new List<ClassedPicture>();
        var classes = folder.Folders.Where(IsClass).ToArray();
        var areDigits = Array.Exists(classes, IsDigit);
        foreach (var own in classes.Where(own => !areDigits || IsDigit(own)))
        {
            var before = files.Count;
            // Hidden files are a system's, such as a Mac's ._5.png beside 5.png.
            foreach (var file in own.Files.Where(file => file.Name[0] != '.'
                && file.Name is not ("Thumbs.db" or "desktop.ini")))
            {
                files.Add(SourceFolder.IsPicture(file.Name) ? new ClassedPicture(file, own.Name)
                    : throw new UserErrorException("This is no picture that can be read", where: file.Path,
                        expected: "PNG, JPEG or BMP pictures, and no other files",
                        found: PictureKind.Recognize(file.Bytes()).Name, todo: "remove it, or save it as PNG or JPEG"));
            }

            if (files.Count == before)
            {
                throw new UserErrorException("A folder is empty", where: own.Path,
                    expected: "at least one PNG, JPEG or BMP", found: "none",
                    todo: "put images there, or name another folder");
            }
        }

        if (classes.Length == 0)
        {
            files.AddRange(folder.Pictures.Select(file => new ClassedPicture(file, FlatClass(file)
                ?? throw new UserErrorException("This picture's name does not end in its class", where: file.Path,
                    expected: "names such as 00017_5.png, as the others have", found: file.Name,
                    todo: "rename it, or sort the pictures into one folder per class"))));
        }

        files.Sort((a, b) => string.CompareOrdinal(a.File.Name, b.File.Name) is var order and not 0 ? order
            : ByNumbers.Instance.Compare(a.Class, b.Class));
        return files;
    }

    /// <summary>Refuses too few or too many classes, and digits of which one is missing in the middle.</summary>
    private static void RequireClasses(string source, string[] names, string one, string many)
    {
        if (names.Length is < 2 or > DataShape.MaxClasses)
        {
            throw new UserErrorException("This is no number of classes to choose from", where: source,
                expected: $"2 to {DataShape.MaxClasses} {many} of pictures", found: $"{names.Length}",
                todo: "sort the pictures into one folder per class");
        }

        if (!Array.TrueForAll(names, name => name is [>= '0' and <= '9']))
        {
            return;
        }

        for (var k = 0; k < names.Length; k++)
        {
            if (names[k] != $"{k}")
            {
                throw new UserErrorException($"A {one} is missing", where: source,
                    expected: $"{many} for all digits, 0 to {names[^1]}", found: $"no {one} {k}",
                    todo: "sort the pictures into one folder per digit");
            }
        }
    }

    private static List<ClassedPicture>? Tested(PictureTree test, string[] names, ReadLog log)
    {
        var files = IsSorted(test) ? Sorted(test) : [];
        var own = files.Select(file => file.Class).ToHashSet();
        if (Array.Find(names, name => !own.Contains(name)) is { } missing)
        {
            log.LeftOut.Add($"{test.Path} is left out: it has no folder {Plain.Text(missing, 60)}");
            return null;
        }

        return own.FirstOrDefault(name => !names.Contains(name)) is not { } other ? files
            : throw new UserErrorException("A test image is of a class that no training image has", where: test.Path,
                expected: $"the {names.Length} classes to train on", found: Plain.Text(other, 60),
                todo: "add the class to both, or remove it");
    }

    private static PictureSet Images(string folder, List<ClassedPicture> files, DataShape shape, bool asIs,
        ReadLog? odd, CancellationToken cancel)
    {
        if (files.Count > Array.MaxLength / shape.Pixels)
        {
            throw new UserErrorException("There are too many images", where: folder,
                expected: $"at most {Array.MaxLength / shape.Pixels}",
                found: $"{files.Count}", todo: "leave some out");
        }

        var pixels = new byte[files.Count * shape.Pixels];
        var labels = new byte[files.Count];
        var kinds = new PictureKinds[files.Count];
        var errors = new UserErrorException?[files.Count];
        var areDigits = shape.IsDigits;
        var scaled = 0;
        Parallel.For(0, files.Count, new ParallelOptions { CancellationToken = cancel }, (j, loop) =>
        {
            labels[j] = (byte)shape.ClassNames.IndexOf(DataShape.NameFrom(files[j].Class, files[j].File.Path));
            var image = pixels.AsSpan(j * shape.Pixels, shape.Pixels);
            try
            {
                if (areDigits)
                {
                    kinds[j] = ReadImage(files[j].File, asIs, image);
                }
                else
                {
                    var (file, path) = (files[j].File.Bytes(), files[j].File.Path);
                    SmallPicture.Decode(file, path, shape, cancel: cancel).CopyTo(image);
                    kinds[j] = PictureKinds.Whole;
                    if (odd is not null && PictureReader.SizeOf(file, path) != (shape.Width, shape.Height))
                    {
                        Interlocked.Increment(ref scaled);
                    }
                }
            }
            catch (UserErrorException e)
            {
                errors[j] = e;
                loop.Break();
            }
        });
        PictureShape.SayScaled(scaled, shape, folder, odd);
        return Array.Find(errors, e => e is not null) is { } error ? throw error
            : new PictureSet(pixels, labels, kinds, folder, shape);
    }

    private static PictureKinds ReadImage(StoredPicture file, bool asIs, Span<byte> pixels)
    {
        var path = file.Path;
        var (picture, opacity) = PictureReader.Decode(file.Bytes(), path, PictureReader.MaxPixels,
            DigitFinder.WorkingSide);
        if (picture.Width != Mnist.Side || picture.Height != Mnist.Side)
        {
            if (asIs)
            {
                throw new UserErrorException("This image has another size", where: path,
                    expected: $"{Mnist.Side} × {Mnist.Side} pixels, to be kept as it is",
                    found: $"{picture.Width} × {picture.Height}",
                    todo: "leave LoadOptions.KeepsPolarity out, or scale it");
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

    [GeneratedRegex(@"^.*[_-]([0-9A-Za-z]{1,20})$")]
    private static partial Regex Flat();
}
