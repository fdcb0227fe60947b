using System.Globalization;
using MnistGpu.Deformations;

namespace MnistGpu.Program.Settings;

/// <summary>
/// Deformations as the user writes them: shift=1,rotate=15,scale=0.15,shear=15,elastic=36,sigma=6, or none.
/// </summary>
internal static class DeformText
{
    public const string Option = "--deform";
    public const string None = DeformationNames.None;
    public const string Example = "shift=1,rotate=15,scale=0.15,shear=15,elastic=36,sigma=6";
    public const string Description = "how far images are bent, afresh each epoch: shift (pixels), rotate and shear "
        + "(degrees), scale (a share), elastic (α in pixels) and its sigma";

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
            var part = DeformationNames.All.FirstOrDefault(p => p.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                ?? throw Unknown(name);
            if (!given.Add(part.Name))
            {
                throw new UserErrorException($"The deformation's {name} is given twice", where: Option,
                    expected: "each name once", found: $"'{text}'", todo: "leave one out");
            }

            deformation = Set(deformation, part, value);
        }

        return given.Contains(DeformationNames.Sigma) && !given.Contains(DeformationNames.Elastic)
            ? throw new UserErrorException("A sigma alone bends nothing", where: Option,
                expected: "elastic beside sigma", found: $"'{text}'", todo: "add elastic=36, or leave sigma out")
            : Format(deformation) == None ? null : deformation;
    }

    /// <summary>The shortest text that <see cref="Parse"/> reads as this deformation.</summary>
    public static string Format(Deformation? deformation) => DeformationNames.Text(deformation);

    private static UserErrorException Refused(string word) =>
        new("This is no deformation", where: Option, expected: $"names and numbers such as {Example}, or {None}",
            found: $"'{word}'", todo: "write name=number, joined by commas");

    private static UserErrorException Unknown(string name)
    {
        var names = DeformationNames.All.Select(p => p.Name).ToArray();
        return new("There is no such deformation", where: Option, expected: string.Join(", ", names),
            found: $"'{name}'",
            todo: Spelling.Suggest(name, names) is { } near ? $"did you mean {near}?" : "choose one of them");
    }

    private static Deformation Set(Deformation deformation, NamedRange range, string text)
    {
        try
        {
            if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value))
            {
                return range.With(deformation, value);
            }
        }
        catch (ArgumentOutOfRangeException)
        {
            // Said below, in the user's words.
        }

        throw new UserErrorException($"The deformation's {range.Name} cannot be used", where: Option,
            expected: range.Limits, found: $"'{text}'", todo: $"give another {range.Name}");
    }
}
