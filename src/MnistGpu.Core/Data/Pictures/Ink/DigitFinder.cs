namespace MnistGpu.Data.Pictures.Ink;

/// <summary>
/// Finds the digits in a picture, and prepares each as MNIST's are: paper, lines and frames are taken away, thin
/// strokes get MNIST's width, and the digit is laid out as MNIST lays it out.
/// </summary>
internal static class DigitFinder
{
    /// <summary>Larger pictures are averaged down to this first: what is finer is noise to a 20 × 20 box.</summary>
    public const int WorkingSide = 800;

    /// <summary>More digits than this are a text or a pattern.</summary>
    private const int MostDigits = 40;

    /// <summary>More parts of ink than this are a pattern or noise.</summary>
    private const int MostParts = 100;

    /// <summary>Where less of the ink is in parts larger than dust, it is noise.</summary>
    private const double LeastShare = 0.7;

    /// <summary>The digits, line by line, each from left to right.</summary>
    /// <param name="picture">The picture, no side longer than <see cref="WorkingSide"/>.</param>
    /// <param name="asOne">Whether all ink is one digit, whatever its parts.</param>
    /// <param name="watch">Is told each step's name and picture, where not null.</param>
    /// <exception cref="UserErrorException">The picture is blank, or no digit is seen in it.</exception>
    public static List<FoundDigit> Find(GrayPicture picture, bool asOne = false,
        Action<string, GrayPicture>? watch = null)
    {
        watch?.Invoke("picture", picture);
        var (plane, planeNoise) = Paper.RemovePlane(picture);
        if (picture.Width == Mnist.Side && picture.Height == Mnist.Side && plane.Level(0.9995) is var most
            && most >= Paper.LeastContrast && most > planeNoise && MnistLayout.IsAlready(plane))
        {
            return [new FoundDigit(plane.Pixels, 0, 0, 1, 1)];
        }

        var ink = InkOf(picture, plane, planeNoise);
        watch?.Invoke("ink", ink.Copy());
        ScanEdges.Clear(ink);
        if (PrintedFrame.Panel(ink) is { } panel && panel.Width < picture.Width && panel.Height < picture.Height)
        {
            // A picture in the picture, as plots show one.
            return [.. Find(picture.Cut(panel), asOne, watch).Select(digit => digit.Within(panel, picture))];
        }

        ink = Rulings.Cleared(PrintedFrame.Cleared(ink));
        // Lines that ran into an edge hid it.
        ScanEdges.Clear(ink);
        watch?.Invoke("without-lines", ink);
        var all = InkParts.Find(ink);
        var parts = InkParts.WithoutDust(all, ink);
        if (parts.Count > MostParts || parts.Sum(part => part.Size) < LeastShare * all.Sum(part => part.Size))
        {
            throw NoDigit("noise, or a pattern");
        }

        var digits = asOne && parts.Count > 0 ? [parts] : InkParts.Digits(parts);
        if (digits.Count is 0 or > MostDigits)
        {
            throw NoDigit(digits.Count == 0 ? "only lines or edges" : "a text or a pattern");
        }

        return [.. digits.Select(digit => Prepare(ink, digit, watch))];
    }

    /// <summary>The same of a picture on white paper that is transparent in parts.</summary>
    /// <param name="onPaper">The picture.</param>
    /// <param name="opacity">How opaque it is; null where all of it is.</param>
    /// <param name="asOne">Whether all ink is one digit, whatever its parts.</param>
    /// <exception cref="UserErrorException">The picture is blank, or no digit is seen in it.</exception>
    public static List<FoundDigit> Find(GrayPicture onPaper, GrayPicture? opacity, bool asOne = false)
    {
        if (opacity is null)
        {
            return Find(onPaper, asOne);
        }

        try
        {
            return Find(onPaper, asOne);
        }
        catch (UserErrorException)
        {
            // White ink on nothing: what is there is the ink.
            return Find(opacity, asOne);
        }
    }

    private static GrayPicture InkOf(GrayPicture picture, GrayPicture plane, int planeNoise)
    {
        var dark = Paper.IsDark(picture);
        foreach (var side in (bool[])[dark, !dark])
        {
            var (ink, isNoise) = Paper.Find(picture, side);
            if (ink is not null || isNoise)
            {
                return ink ?? throw NoDigit("noise");
            }
        }

        // Ink wider than any stroke looks like paper to what is above.
        var highest = plane.Level(0.9995);
        if (highest < Paper.LeastContrast || highest <= planeNoise)
        {
            throw new UserErrorException("The picture is blank", expected: Expected,
                found: "no ink that stands out from the paper", todo: "use a picture with more contrast");
        }

        plane.Stretch(Math.Max(planeNoise, highest / 4), highest * 3 / 4);
        return plane;
    }

    private static FoundDigit Prepare(GrayPicture ink, List<InkPart> parts, Action<string, GrayPicture>? watch)
    {
        var box = InkParts.Bounds(parts);
        var digit = new GrayPicture(box.Width, box.Height);
        for (var y = 0; y < box.Height; y++)
        {
            for (var x = 0; x < box.Width; x++)
            {
                if (parts.Exists(part => part.Holds(x + box.Left, y + box.Top)))
                {
                    digit.Pixels[y * box.Width + x] = ink.Pixels[(y + box.Top) * ink.Width + x + box.Left];
                }
            }
        }

        watch?.Invoke("digit", digit);
        digit = Strokes.Widened(digit);
        watch?.Invoke("strokes", digit);
        var pixels = MnistLayout.Place(digit) ?? throw NoDigit("a single faint pixel");
        watch?.Invoke("seen", new GrayPicture(pixels, Mnist.Side, Mnist.Side));
        return new FoundDigit(pixels, (double)box.Left / ink.Width, (double)box.Top / ink.Height,
            (double)box.Right / ink.Width, (double)box.Bottom / ink.Height);
    }

    /// <summary>The digit as found in a part of a picture, with its place in the whole.</summary>
    private static FoundDigit Within(this FoundDigit digit, Box part, GrayPicture whole) => digit with
    {
        Left = (part.Left + digit.Left * part.Width) / whole.Width,
        Right = (part.Left + digit.Right * part.Width) / whole.Width,
        Top = (part.Top + digit.Top * part.Height) / whole.Height,
        Bottom = (part.Top + digit.Bottom * part.Height) / whole.Height,
    };

    private const string Expected = "one digit, dark on light or light on dark";

    private static UserErrorException NoDigit(string found) =>
        new("No digit is seen in the picture", expected: Expected, found: found,
            todo: "use a picture of one digit, near and sharp");
}
