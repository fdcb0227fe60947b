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
    // Within the name of a file, or right after a quote, stands what a user wrote.
    private const string Before = @"(?<![\w./\\'-])";
    private const string After = @"(?![\w/\\]|\.\w)";

    private static readonly (string Library, string Command)[] Phrases =
    [
        ("Network.Save", "train --save FILE"), ("Preset.Named", "--preset"),
        ("Preset.All", $"--preset {Presets.List}"), ("allow it to be replaced", "add --replace"),
        ("load it as a data set instead", "evaluate and train read IDX files (--data)"),
        ("LoadOptions.Size = (WIDTH, HEIGHT)", $"{ReadText.Option} size=WIDTHxHEIGHT"),
        ("LoadOptions.Range = (LOW, HIGH)", $"{ReadText.Option} range=LOW:HIGH"),
    ];

    private static readonly Regex Phrase = new(
        $"{Before}(?:{string.Join('|', Phrases.Select(phrase => Regex.Escape(phrase.Library)))}){After}");

    /// <summary>Properties that are true or false, where the option's values are words.</summary>
    private static readonly Dictionary<string, string> Values = new()
    {
        [nameof(LoadOptions.KeepsPolarity)] = $"{TrainSettings.KeepsPolarity.Name} {CommonOptions.AsIs}",
        [nameof(TrainingOptions.KeepBest)] = $"{TrainSettings.KeepBest.Name} best",
    };

    private static readonly Dictionary<string, string> Options = TrainSettings.All
        .ToDictionary(setting => setting.Property, setting => setting.Name);

    /// <summary>An error's message in the words of the command line. What was found is left as it is: it is not the
    /// library's word.</summary>
    public static string In(UserErrorException error) => new UserErrorException(In(error.What), InOrNull(error.Where),
        InOrNull(error.Expected), error.Found, InOrNull(error.ToDo)).Message;

    /// <summary>A text in the words of the command line; names of files and what stands in quotes stay as they
    /// are.</summary>
    public static string In(string text)
    {
        text = Phrase.Replace(text, match => Phrases.First(phrase => phrase.Library == match.Value).Command);
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

    private static string? InOrNull(string? text) => text is null ? null : In(text);

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

    [GeneratedRegex(Before + @"(?:TrainingOptions|LoadOptions)\.([A-Z]\w*)" + After
        + "( = (true|false|[A-Z][a-z]+(?:[A-Z][a-z]+)*)?)?")]
    private static partial Regex Properties();
}
