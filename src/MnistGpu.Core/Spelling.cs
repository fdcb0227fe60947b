namespace MnistGpu;

/// <summary>Guesses what a user meant.</summary>
internal static class Spelling
{
    /// <summary>The choice at most two edits away, or null.</summary>
    public static string? Suggest(string text, IEnumerable<string> choices) =>
        choices.Select(c => (Choice: c, Distance: Edits(text, c))).Where(c =>
            c.Distance <= 2).OrderBy(c => c.Distance).Select(c => c.Choice).FirstOrDefault();

    /// <summary>Levenshtein's distance: insertions, deletions and replacements.</summary>
    private static int Edits(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[b.Length];
    }
}
