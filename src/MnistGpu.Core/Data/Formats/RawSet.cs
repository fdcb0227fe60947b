using System.Collections.Immutable;
using System.Globalization;

namespace MnistGpu.Data.Formats;

/// <summary>The labels of a set as its file has them: numbers of any kind, or names.</summary>
/// <param name="Values">Of each image: its number, or the index of its name.</param>
/// <param name="Names">The names; null where the values are numbers.</param>
internal sealed record RawLabels(int[] Values, IReadOnlyList<string>? Names = null);

/// <summary>Images as a file holds them, before their classes are numbered.</summary>
/// <param name="Width">Pixels side by side.</param>
/// <param name="Height">Pixels one above the other.</param>
/// <param name="Channels">Bytes of a pixel.</param>
/// <param name="Pixels">The images that are kept, row by row, a pixel's bytes together.</param>
/// <param name="Labels">The labels of all images, those not kept included; null for none.</param>
/// <param name="Source">Where they come from, for people.</param>
internal sealed record RawSet(int Width, int Height, int Channels, byte[] Pixels, RawLabels? Labels, string Source)
{
    private const int QmnistColumns = 8;

    /// <summary>The names of the classes from 0 on, where the file has them beside numbers; else null.</summary>
    public ImmutableArray<string>? KnownNames { get; init; }

    /// <summary>Images that are kept.</summary>
    public int Count => Pixels.Length / (Width * Height * Channels);

    /// <summary>A set of two arrays: images, and labels where there are any.</summary>
    /// <param name="images">The images.</param>
    /// <param name="labels">Their labels; null for none.</param>
    /// <param name="options">What the user says of them.</param>
    /// <param name="log">Is told what was guessed.</param>
    /// <param name="isIdx">Whether they are of IDX files, whose bytes are levels from 0 to 255.</param>
    /// <exception cref="UserErrorException">They do not fit each other, or are no images or no labels.</exception>
    public static RawSet Of(NumberArray images, NumberArray? labels, ReadAs options, ReadLog log,
        bool isIdx)
    {
        var (width, height, channels, isPlanar) = SizeOf(images, options);
        if (options.Size is { } said && said != (width, height))
        {
            throw new UserErrorException("The images have another size than is said", where: images.Source,
                expected: $"{said.Width} × {said.Height}", found: $"{width} × {height}",
                todo: "leave out LoadOptions.Size");
        }

        var pixels = images.Kind == ElementKind.UInt8 && options.Range is null
            ? isIdx ? images.Data : Levels.Spread(images.Data, images.Source, log)
            : Levels.From(images.ToFloats(), options.Range, images.Source, log, at => At(images, at));
        pixels = isPlanar ? Interleaved(pixels, width * height)
            : images.Shape.Length == 2 ? PixelByPixel(pixels, channels, width * height, options, images.Source, log)
            : pixels;
        var values = labels is null ? null : LabelValues(labels, isIdx);
        if (values is not null && values.Length != images.Count)
        {
            throw new UserErrorException("Images and labels do not belong together",
                where: $"{images.Source} and {labels!.Source}", expected: "as many labels as images",
                found: $"{images.Count} images and {values.Length} labels", todo: "use the two files of one set");
        }

        return new RawSet(width, height, channels, pixels, values is null ? null : new RawLabels(values),
            images.Source);
    }

    /// <summary>Width and height of so many pixels in a row: a square, unless it is said.</summary>
    /// <exception cref="UserErrorException">It is none, and nothing is said.</exception>
    public static (int Width, int Height, int Channels) SizeOf(int pixels, ReadAs options, string source)
    {
        if (options.Size is { } size)
        {
            var channels = pixels / Math.Max(1, size.Width * size.Height);
            return (long)size.Width * size.Height * channels == pixels && channels is 1 or 3
                ? (size.Width, size.Height, channels)
                : throw new UserErrorException("The images have another size than is said", where: source,
                    expected: $"{size.Width} × {size.Height} numbers, or three times as many, for each image",
                    found: $"{pixels}", todo: "give another size, or none");
        }

        foreach (var channels in (ReadOnlySpan<int>)[1, 3])
        {
            var side = (int)Math.Round(Math.Sqrt(pixels / (double)channels));
            if (side is >= 1 and <= DataShape.MaxSide && side * side * channels == pixels)
            {
                return (side, side, channels);
            }
        }

        throw new UserErrorException("The width and height of these images are not known", where: source,
            expected: "squares in grey or colour, such as 784 or 3,072 numbers", found: $"{pixels} numbers",
            todo: "say them: LoadOptions.Size = (WIDTH, HEIGHT)");
    }

    /// <summary>Sets of one size, one after the other.</summary>
    /// <exception cref="UserErrorException">Their sizes differ, or some have labels and others none.</exception>
    public static RawSet Joined(IReadOnlyList<RawSet> sets)
    {
        var first = sets[0];
        foreach (var set in sets)
        {
            if ((set.Width, set.Height, set.Channels) != (first.Width, first.Height, first.Channels)
                || set.Labels is null != first.Labels is null
                || set.Labels?.Names is null != first.Labels?.Names is null)
            {
                throw new UserErrorException("Files of one set do not fit each other",
                    where: $"{first.Source} and {set.Source}", expected: "images of one size, all with such labels",
                    found: "others", todo: "name the files of one set");
            }
        }

        var named = first;
        foreach (var set in sets)
        {
            ClassNames.RequireSame(named, set);
            named = named.KnownNames is null ? set : named;
        }

        var length = sets.Sum(set => (long)set.Pixels.Length);
        if (length > Array.MaxLength)
        {
            throw new UserErrorException("There are too many images", where: first.Source,
                expected: $"at most {Array.MaxLength:N0} bytes of pixels", found: $"{length:N0}",
                todo: "leave some files out");
        }

        var names = sets.SelectMany(set => set.Labels?.Names ?? []).Distinct(StringComparer.Ordinal).ToArray();
        int[] Numbers(RawSet set) => set.Labels!.Names is not { } own ? set.Labels.Values
            : Array.ConvertAll(set.Labels.Values, value => Array.IndexOf(names, own[value]));
        var pixels = new byte[length];
        var at = 0;
        foreach (var set in sets)
        {
            set.Pixels.CopyTo(pixels, at);
            at += set.Pixels.Length;
        }

        return first with
        {
            Pixels = pixels,
            Labels = first.Labels is null ? null : new RawLabels([.. sets.SelectMany(Numbers)],
                first.Labels.Names is null ? null : names),
            KnownNames = named.KnownNames,
        };
    }

    /// <summary>Turns images about their diagonal: columns become rows.</summary>
    public RawSet Transposed()
    {
        var turned = new byte[Pixels.Length];
        var size = Width * Height * Channels;
        Parallel.For(0, Count, j =>
        {
            for (var y = 0; y < Height; y++)
            {
                for (var x = 0; x < Width; x++)
                {
                    Pixels.AsSpan(j * size + (y * Width + x) * Channels, Channels)
                        .CopyTo(turned.AsSpan(j * size + (x * Height + y) * Channels));
                }
            }
        });
        return this with { Width = Height, Height = Width, Pixels = turned };
    }

    /// <summary>Turned as the user says, and else where the images are EMNIST's, which lie on their side.</summary>
    public RawSet Upright(bool isEmnist, ReadAs options, ReadLog log)
    {
        if (isEmnist && options.Transpose is null)
        {
            log.Guess("EMNIST's images lie on their side in its files: they are turned upright "
                + "(LoadOptions.Transpose = false leaves them)");
        }

        return options.Transpose ?? isEmnist ? Transposed() : this;
    }

    /// <summary>The bytes of images in rows, a pixel's together: they may lie in planes, one for each colour.</summary>
    public static byte[] PixelByPixel(byte[] rows, int channels, int size, ReadAs options, string source, ReadLog log)
    {
        if (channels == 1)
        {
            return rows;
        }

        if (options.ArePlanes is null)
        {
            log.Guess($"the red, green and blue of each pixel of {source} are taken as side by side "
                + "(LoadOptions.ArePlanes = true: all red ones of an image first, as in CIFAR's arrays)");
        }

        return options.ArePlanes == true ? Interleaved(rows, size) : rows;
    }

    /// <summary>The first images only; all labels stay.</summary>
    public RawSet First(int most) =>
        most >= Count ? this : this with { Pixels = Pixels[..(most * Width * Height * Channels)] };

    private static (int Width, int Height, int Channels, bool IsPlanar) SizeOf(NumberArray images, ReadAs options) =>
        images.Shape switch
        {
            [_, var pixels] => SizeOf(pixels, options, images.Source) is var (w, h, c) ? (w, h, c, false) : default,
            [_, var height, var width] => Checked(images, width, height, 1, false),
            [_, var height, var width, 1 or 3] => Checked(images, width, height, images.Shape[3], false),
            [_, 1 or 3, var height, var width] => Checked(images, width, height, images.Shape[1], images.Shape[1] == 3),
            _ => throw new UserErrorException("These are no images", where: images.Source,
                expected: "[images, height, width], with 1 or 3 channels behind or before, or [images, pixels]",
                found: images.Text, todo: images.Shape is [_, _, _, 4]
                    ? "remove the opacity, so that three channels are left" : "save the array in such a shape"),
        };

    private static (int, int, int, bool) Checked(NumberArray images, int width, int height, int channels,
        bool isPlanar) =>
        width <= DataShape.MaxSide && height <= DataShape.MaxSide ? (width, height, channels, isPlanar)
        : throw new UserErrorException("These images are larger than any network here reads", where: images.Source,
            expected: $"at most {DataShape.MaxSide} pixels a side", found: $"{width} × {height}",
            todo: "scale them");

    private static byte[] Interleaved(byte[] planes, int size)
    {
        var pixels = new byte[planes.Length];
        for (var start = 0; start < planes.Length; start += 3 * size)
        {
            for (var i = 0; i < size; i++)
            {
                for (var c = 0; c < 3; c++)
                {
                    pixels[start + 3 * i + c] = planes[start + c * size + i];
                }
            }
        }

        return pixels;
    }

    /// <summary>A number for each item: [m] or [m, 1], a single 1 in each row, or the first of IDX's columns.</summary>
    private static int[] LabelValues(NumberArray labels, bool isIdx)
    {
        var columns = labels.ItemLength;
        var values = new int[labels.Count];
        if (labels.Shape.Length > 2)
        {
            throw new UserErrorException("These are no labels", where: labels.Source,
                expected: "[images], [images, 1] or [images, classes] with a single 1 in each row", found: labels.Text,
                todo: "save the labels in such a shape");
        }

        var broken = columns > 1 ? NotOneHot(labels, columns) : 0;
        var isOneHot = broken < 0;
        for (var j = 0; j < values.Length; j++)
        {
            values[j] = isOneHot ? Enumerable.Range(0, columns).First(k => labels[j * columns + k] == 1)
                : Whole(labels[j * columns], labels.Source, j);
        }

        // QMNIST's labels have more columns, with the class in the first (github.com/facebookresearch/qmnist).
        return columns == 1 || isOneHot
            || (isIdx && labels.Kind == ElementKind.Int32 && columns == QmnistColumns) ? values
            : throw new UserErrorException("These labels are no single numbers",
                where: $"{labels.Source}, row {broken}",
                expected: "one number for each image, or a single 1 in each row",
                found: $"{columns} numbers for each image, and here no single 1",
                todo: "keep one column of classes");
    }

    /// <summary>The first row that is not a single 1 among zeros; −1 where all are.</summary>
    private static int NotOneHot(NumberArray labels, int columns)
    {
        for (var row = 0; row < labels.Count; row++)
        {
            var ones = 0;
            for (var k = 0; k < columns; k++)
            {
                var value = labels[row * columns + k];
                ones += value == 1 ? 1 : value == 0 ? 0 : 2;
            }

            if (ones != 1)
            {
                return row;
            }
        }

        return -1;
    }

    /// <summary>A label as a whole number.</summary>
    internal static int Whole(double value, string source, int label) =>
        value == Math.Floor(value) && Math.Abs(value) <= int.MaxValue ? (int)value
        : throw new UserErrorException("A label is no whole number", where: $"{source}, label {label}",
            expected: "a whole number", found: value.ToString(CultureInfo.InvariantCulture), todo: "mend this label");

    private static string At(NumberArray images, int at) =>
        $"image {at / images.ItemLength}, number {at % images.ItemLength}";
}
