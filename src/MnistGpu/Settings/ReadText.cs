using System.Globalization;
using MnistGpu.Data;
using MnistGpu.Data.Formats;

namespace MnistGpu.Program.Settings;

/// <summary>
/// What a user says of files that do not say it themselves: header=no,label=last,range=0:1,transpose=yes,size=32x32,
/// colour=no, planes=no, or auto.
/// </summary>
internal static class ReadText
{
    public const string Option = "--read";
    public const string Auto = "auto";
    public const string Example = "label=last,size=32x32";
    public const string Description = "what the files do not say, where the guess that a notice names is wrong: header "
        + "(yes, no), label (a column's name or number, first, last, none), picture (a Parquet file's column), "
        + "range (LOW:HIGH), transpose (yes, no), size (WIDTHxHEIGHT), colour (yes, no), planes (yes, no)";

    private static readonly Part[] Parts =
    [
        new("header", nameof(LoadOptions.HasHeader), "yes or no",
            (r, text) => YesOrNo(text) is { } yes ? r with { HasHeader = yes } : null),
        new("label", nameof(LoadOptions.Label), "a column's name, its number from 1, first, last or none", (r, text) =>
            text.Length > 0 ? r with { Label = text } : null),
        new("picture", nameof(LoadOptions.Picture), "the name of a Parquet file's column", (r, text) =>
            text.Length > 0 ? r with { Picture = text } : null),
        new("range", nameof(LoadOptions.Range), "two numbers such as 0:255, the first below the second", (r, text) =>
            text.Split(':') is [var low, var high] && Number(low) is { } from && Number(high) is { } to
                && ReadAs.IsRange(from, to) ? r with { Range = (from, to) } : null),
        new("transpose", nameof(LoadOptions.Transpose), "yes or no",
            (r, text) => YesOrNo(text) is { } yes ? r with { Transpose = yes } : null),
        new("size", nameof(LoadOptions.Size), $"width and height from 1 to {DataShape.MaxSide}, such as 28x28",
            (r, text) =>
            text.ToLowerInvariant().Split('x', '×') is [var width, var height] && Side(width) is { } w
                && Side(height) is { } h ? r with { Size = (w, h) } : null),
        new("colour", nameof(LoadOptions.IsColour), "yes or no",
            (r, text) => YesOrNo(text) is { } yes ? r with { IsColour = yes } : null),
        new("planes", nameof(LoadOptions.ArePlanes), "yes or no",
            (r, text) => YesOrNo(text) is { } yes ? r with { ArePlanes = yes } : null),
    ];

    /// <summary>What the option calls a property of <see cref="LoadOptions"/>; null for one that it does not
    /// have.</summary>
    public static string? NameOf(string property) => Array.Find(Parts, part => part.Property == property)?.Name;

    /// <summary>What a text says.</summary>
    /// <exception cref="UserErrorException">A name is unknown or given twice, or its value cannot be.</exception>
    public static ReadAs Parse(string text)
    {
        var said = ReadAs.Guessed;
        if (text.Equals(Auto, StringComparison.OrdinalIgnoreCase))
        {
            return said;
        }

        var given = new HashSet<string>();
        foreach (var word in text.Split(','))
        {
            var pair = word.Split('=', 2, StringSplitOptions.TrimEntries);
            var name = pair[0].Equals("color", StringComparison.OrdinalIgnoreCase) ? "colour" : pair[0];
            var part = Array.Find(Parts, part => part.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
            if (pair.Length < 2 || part is null || !given.Add(part.Name))
            {
                throw new UserErrorException("This says nothing of the files", where: Option,
                    expected: $"names and values such as {Example}, each once, or {Auto}", found: $"'{word}'",
                    todo: Spelling.Suggest(name, Parts.Select(p => p.Name)) is { } near && part is null
                        ? $"did you mean {near}?" : $"the names are {string.Join(", ", Parts.Select(p => p.Name))}");
            }

            said = part.With(said, pair[1]) ?? throw new UserErrorException($"The files' {part.Name} cannot be that",
                where: Option, expected: part.Values, found: $"'{pair[1]}'", todo: $"give another {part.Name}");
        }

        return said;
    }

    private static bool? YesOrNo(string text) => text.ToLowerInvariant() switch
    {
        "yes" => true,
        "no" => false,
        _ => null,
    };

    private static double? Number(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            ? number : null;

    private static int? Side(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var side)
            && ReadAs.IsSide(side) ? side : null;

    private sealed record Part(string Name, string Property, string Values, Func<ReadAs, string, ReadAs?> With);
}
