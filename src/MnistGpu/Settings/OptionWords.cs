using System.Text;
using System.Text.RegularExpressions;
using MnistGpu.Data;

namespace MnistGpu.Program.Settings;

/// <summary>
/// Translates what the library says of its properties into the options of the command line:
/// <c>TrainingOptions.Rate</c> is --rate, and <c>LoadOptions.Transpose = true</c> is --read transpose=yes.
/// </summary>
internal static partial class OptionWords
{
    private static readonly (string Library, string Command)[] Phrases =
    [
        ("Network.Save", "train --save FILE"), ("Preset.Named", "--preset"),
        ("Preset.All", $"--preset {Presets.List}"), ("allow it to be replaced", "add --replace"),
        ("load it as a data set instead", "evaluate and train read IDX files (--data)"),
    ];

    /// <summary>Properties that are true or false, where the option's values are words.</summary>
    private static readonly Dictionary<string, string> Values = new()
    {
        [nameof(LoadOptions.KeepsPolarity)] = $"{TrainSettings.KeepsPolarity.Name} {CommonOptions.AsIs}",
        [nameof(TrainingOptions.KeepBest)] = $"{TrainSettings.KeepBest.Name} best",
    };

    private static readonly Dictionary<string, string> Options = TrainSettings.All
        .ToDictionary(setting => setting.Property, setting => setting.Name);

    /// <summary>A text in the words of the command line.</summary>
    public static string In(string text)
    {
        foreach (var (library, command) in Phrases)
        {
            text = text.Replace(library, command, StringComparison.Ordinal);
        }

        return Properties().Replace(text, match =>
        {
            var (property, isGiven, value) = (match.Groups[1].Value, match.Groups[2].Success, match.Groups[3].Value);
            if (isGiven && Values.TryGetValue(property, out var words))
            {
                return words;
            }

            return ReadText.NameOf(property) is { } name
                ? $"{ReadText.Option} {name}{(isGiven ? "=" : "")}{YesOrNo(value)}"
                : Options.TryGetValue(property, out var option) ? $"{option}{(isGiven ? " " : "")}{Hyphenated(value)}"
                : match.Value;
        });
    }

    /// <summary>The same of lines, in place.</summary>
    public static void Translate(List<string> lines)
    {
        for (var i = 0; i < lines.Count; i++)
        {
            lines[i] = In(lines[i]);
        }
    }

    /// <summary>The same of what is known of a source.</summary>
    public static DigitData In(DigitData data) => data with
    {
        Guesses = [.. data.Guesses.Select(In)],
        LeftOut = [.. data.LeftOut.Select(In)],
    };

    private static string YesOrNo(string value) => value switch { "true" => "yes", "false" => "no", _ => value };

    /// <summary>The name of an enum's value as an option: OneCycle is one-cycle.</summary>
    private static string Hyphenated(string value)
    {
        var text = new StringBuilder();
        foreach (var letter in value)
        {
            text.Append(char.IsUpper(letter) && text.Length > 0 ? "-" : "").Append(char.ToLowerInvariant(letter));
        }

        return text.ToString();
    }

    [GeneratedRegex(@"\b(?:TrainingOptions|LoadOptions)\.([A-Z]\w*)( = (true|false|[A-Z][a-z]+(?:[A-Z][a-z]+)*)?)?")]
    private static partial Regex Properties();
}
