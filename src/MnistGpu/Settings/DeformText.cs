using System.Globalization;

namespace MnistGpu.Program.Settings;

/// <summary>
/// Deformations as the user writes them: shift=1,rotate=15,scale=0.15,shear=15,elastic=36,sigma=6, or none.
/// </summary>
internal static class DeformText
{
    public const string Option = "--deform";
    public const string None = "none";
    public const string Example = "shift=1,rotate=15,scale=0.15,shear=15,elastic=36,sigma=6";
    public const string Description = "how far images are bent, afresh each epoch: shift (pixels), rotate and shear "
        + "(degrees), scale (a share), elastic (α in pixels) and its sigma";

    private static readonly Part[] Parts =
    [
        new("shift", "0 to 8 pixels", d => d.Shift, (d, v) => d with { Shift = v }),
        new("rotate", "0 to 45 degrees", d => d.Rotation, (d, v) => d with { Rotation = v }),
        new("scale", "0 to 0.5", d => d.Scale, (d, v) => d with { Scale = v }),
        new("shear", "0 to 45 degrees", d => d.Shear, (d, v) => d with { Shear = v }),
        new("elastic", "0 to 100 pixels", d => d.ElasticAlpha, (d, v) => d with { ElasticAlpha = v }),
        new("sigma", "2 to 12 pixels", d => d.ElasticSigma, (d, v) => d with { ElasticSigma = v }),
    ];

    /// <summary>The deformation that a text names; null where it names none, or all its ranges are 0.</summary>
    /// <param name="text">Names and numbers.</param>
    /// <exception cref="UserErrorException">A name is unknown or given twice, or a number is outside its
    /// range.</exception>
    public static Deformation? Parse(string text)
    {
        if (text.Equals(None, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        var deformation = new Deformation();
        var given = new HashSet<string>();
        foreach (var word in text.Split(','))
        {
            var (name, value) = word.Split('=', 2, StringSplitOptions.TrimEntries) is [var left, var right]
                ? (left, right) : throw Refused(word);
            var part = Array.Find(Parts, p => p.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                ?? throw Unknown(name);
            if (!given.Add(part.Name))
            {
                throw new UserErrorException($"The deformation's {name} is given twice", where: Option,
                    expected: "each name once", found: $"'{text}'", todo: "leave one out");
            }

            deformation = part.Set(deformation, value);
        }

        return given.Contains("sigma") && !given.Contains("elastic")
            ? throw new UserErrorException("A sigma alone bends nothing", where: Option,
                expected: "elastic beside sigma", found: $"'{text}'", todo: "add elastic=36, or leave sigma out")
            : Format(deformation) == None ? null : deformation;
    }

    /// <summary>
    /// The shortest text that <see cref="Parse"/> reads as this deformation, in the order of the example.
    /// </summary>
    public static string Format(Deformation? deformation)
    {
        if (deformation is null)
        {
            return None;
        }

        var words = Parts.Where(part => part.Name == "sigma" ? deformation.ElasticAlpha > 0 : part.Get(deformation) > 0)
            .Select(part => $"{part.Name}={part.Get(deformation).ToString("R", CultureInfo.InvariantCulture)}")
                .ToArray();
        return words.Length == 0 ? None : string.Join(',', words);
    }

    private static UserErrorException Refused(string word) =>
        new("This is no deformation", where: Option, expected: $"names and numbers such as {Example}, or {None}",
            found: $"'{word}'", todo: "write name=number, joined by commas");

    private static UserErrorException Unknown(string name)
    {
        var names = Parts.Select(p => p.Name).ToArray();
        return new("There is no such deformation", where: Option, expected: string.Join(", ", names),
            found: $"'{name}'",
            todo: Spelling.Suggest(name, names) is { } near ? $"did you mean {near}?" : "choose one of them");
    }

    private sealed record Part(string Name, string Range, Func<Deformation, double> Get,
        Func<Deformation, double, Deformation> With)
    {
        public Deformation Set(Deformation deformation, string text)
        {
            try
            {
                if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value))
                {
                    return With(deformation, value);
                }
            }
            catch (ArgumentOutOfRangeException)
            {
                // Said below, in the user's words.
            }

            throw new UserErrorException($"The deformation's {Name} cannot be used", where: Option, expected: Range,
                found: $"'{text}'", todo: $"give another {Name}");
        }
    }
}
