using System.Globalization;
using MnistGpu.Model;

namespace MnistGpu.Program.Commands;

/// <summary>Deformations as a user writes them: shift=1,rotate=15,scale=0.15,shear=15,elastic=36,sigma=6, in any order, or none.</summary>
internal static class DeformText
{
    private const string None = "none";
    private static readonly string[] Names = ["shift", "rotate", "scale", "shear", "elastic", "sigma"];

    /// <summary>Reads the ranges; null for none.</summary>
    /// <exception cref="UserErrorException">The text is no such list, or a range is too wide.</exception>
    public static Deformation? Parse(string text)
    {
        if (text == None)
        {
            return null;
        }

        var ranges = new Deformation();
        foreach (var part in text.Split(','))
        {
            var (name, value) = part.Split('=', 2) is [var n, var v] ? (n, v) : (part, "");
            if (!Array.Exists(Names, known => known == name))
            {
                throw Refuse($"one of {string.Join(", ", Names)}", name, Spelling.Suggest(name, Names) is { } near ? $"did you mean {near}?" : "choose one of them");
            }

            if (!double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var range))
            {
                throw Refuse($"a number after {name}=", $"'{part}'", "write it as in shift=1,rotate=15");
            }

            try
            {
                ranges = name switch
                {
                    "shift" => ranges with { Shift = range },
                    "rotate" => ranges with { Rotation = range },
                    "scale" => ranges with { Scale = range },
                    "shear" => ranges with { Shear = range },
                    "elastic" => ranges with { ElasticAlpha = range },
                    _ => ranges with { ElasticSigma = range },
                };
            }
            catch (ArgumentOutOfRangeException e)
            {
                throw Refuse(e.Message.Split('\n')[0].Split(" (")[0], part, "give another range");
            }
        }

        return ranges;
    }

    /// <summary>The text that <see cref="Parse"/> reads back.</summary>
    public static string Of(Deformation? d) => d is null ? None : string.Create(CultureInfo.InvariantCulture,
        $"shift={d.Shift},rotate={d.Rotation},scale={d.Scale},shear={d.Shear},elastic={d.ElasticAlpha},sigma={d.ElasticSigma}");

    private static UserErrorException Refuse(string expected, string found, string todo) =>
        new("These deformations cannot be made", where: "--deform", expected: expected, found: found, todo: todo);
}
