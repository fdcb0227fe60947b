using System.Globalization;
using System.Text;

namespace MnistGpu;

/// <summary>Text from files and from strangers, made fit for a line of a terminal.</summary>
internal static class Plain
{
    /// <summary>How much of a text is quoted.</summary>
    public const int Most = 200;

    /// <summary>
    /// The text on one line: no control character, nothing that turns the direction of reading or hides, and at most
    /// <paramref name="most"/> characters and a mark that there were more. Ends of lines become spaces.
    /// </summary>
    public static string Text(string text, int most = Most)
    {
        var plain = new StringBuilder(Math.Min(text.Length, most));
        foreach (var rune in text.EnumerateRunes())
        {
            if (plain.Length + rune.Utf16SequenceLength > most)
            {
                return plain.Append(CultureInfo.InvariantCulture, $"… ({text.Length:N0} characters)").ToString();
            }

            plain.Append(IsPlain(rune) ? rune.ToString() : Rune.IsWhiteSpace(rune) ? " " : "?");
        }

        return plain.ToString();
    }

    // Format characters turn the direction of reading or are not seen; a text that is no Unicode has replacements.
    private static bool IsPlain(Rune rune) => Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control
        or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned);
}
