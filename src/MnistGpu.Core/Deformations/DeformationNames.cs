using System.Globalization;

namespace MnistGpu.Deformations;

/// <summary>The names of a deformation's ranges in options and files.</summary>
internal static class DeformationNames
{
    /// <summary>No deformation.</summary>
    public const string None = "none";

    /// <summary>The range that another one needs beside it.</summary>
    public const string Elastic = "elastic";

    /// <summary>The range that needs another one.</summary>
    public const string Sigma = "sigma";

    /// <summary>Each range, in the order in which they are written.</summary>
    public static IReadOnlyList<NamedRange> All { get; } =
    [
        new("shift", "0 to 8 pixels", d => d.Shift, (d, v) => d with { Shift = v }),
        new("rotate", "0 to 45 degrees", d => d.Rotation, (d, v) => d with { Rotation = v }),
        new("scale", "0 to 0.5", d => d.Scale, (d, v) => d with { Scale = v }),
        new("shear", "0 to 45 degrees", d => d.Shear, (d, v) => d with { Shear = v }),
        new(Elastic, "0 to 100 pixels", d => d.ElasticAlpha, (d, v) => d with { ElasticAlpha = v }),
        new(Sigma, "2 to 12 pixels", d => d.ElasticSigma, (d, v) => d with { ElasticSigma = v }),
    ];

    /// <summary>The shortest text for a deformation: shift=1,rotate=15, or none.</summary>
    public static string Text(Deformation? deformation)
    {
        if (deformation is null)
        {
            return None;
        }

        var words = All.Where(range => range.Name == Sigma ? deformation.ElasticAlpha > 0 : range.Get(deformation) > 0)
            .Select(range => $"{range.Name}={range.Get(deformation).ToString("R", CultureInfo.InvariantCulture)}")
            .ToArray();
        return words.Length == 0 ? None : string.Join(',', words);
    }
}

/// <summary>One range of a deformation.</summary>
/// <param name="Name">What options and files call it.</param>
/// <param name="Limits">What it may be, for people.</param>
/// <param name="Get">Its value.</param>
/// <param name="With">The same deformation with another value of it, or an
/// <see cref="ArgumentOutOfRangeException"/>.</param>
internal sealed record NamedRange(string Name, string Limits, Func<Deformation, double> Get,
    Func<Deformation, double, Deformation> With);
