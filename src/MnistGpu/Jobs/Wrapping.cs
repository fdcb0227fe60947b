namespace MnistGpu.Program.Jobs;

/// <summary>Text in lines that a terminal shows as they are: none breaks inside a word.</summary>
internal static class Wrapping
{
    /// <summary>The width of a terminal that nothing is known of, and of what goes to a file or a pipe.</summary>
    public const int Usual = 80;

    // Longer lines are hard to read.
    private const int Widest = 100;
    private const int Narrowest = 40;

    // What belongs to the number before it.
    private static readonly string[] Units = ["%", "×", "±", "ms", "s", "µs", "min", "h", "MB"];

    /// <summary>Characters to a line of standard output.</summary>
    public static int Width { get; } = Measure();

    /// <summary>The text, each line after the first indented.</summary>
    /// <param name="text">Words with spaces between; what is already on lines of its own stays there.</param>
    /// <param name="indent">What every line after the first begins with; the first has as much room less.</param>
    /// <param name="width">Characters to a line.</param>
    public static string Wrap(string text, string indent, int width)
    {
        var lines = new List<string>();
        foreach (var line in text.Split('\n'))
        {
            lines.AddRange(Lines(line, width - indent.Length));
        }

        return string.Join('\n' + indent, lines);
    }

    private static IEnumerable<string> Lines(string text, int width)
    {
        var line = "";
        foreach (var word in Words(text))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > width)
            {
                yield return line;
                line = word;
            }
            else
            {
                line += line.Length == 0 ? word : $" {word}";
            }
        }

        yield return line;
    }

    /// <summary>The words, a number and its unit as one.</summary>
    private static IEnumerable<string> Words(string text)
    {
        string? held = null;
        foreach (var word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (held is not null && Units.Contains(word.TrimEnd(',', ';', '.', ':', ')')))
            {
                held += $" {word}";
                continue;
            }

            if (held is not null)
            {
                yield return held;
            }

            held = word;
        }

        yield return held ?? "";
    }

    private static int Measure()
    {
        try
        {
            return Console.IsOutputRedirected || Console.WindowWidth <= 0
                ? Usual : Math.Clamp(Console.WindowWidth, Narrowest, Widest);
        }
        catch (Exception e) when (e is IOException or PlatformNotSupportedException)
        {
            return Usual;
        }
    }
}
