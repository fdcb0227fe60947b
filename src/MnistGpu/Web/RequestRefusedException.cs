using MnistGpu.Program.Settings;

namespace MnistGpu.Program.Web;

/// <summary>A request that cannot be answered: its status, and why.</summary>
internal sealed class RequestRefusedException(int status, string what, string? why = null, Exception? inner = null)
    : Exception(Plain.Text(why is null ? what : $"{what}: {why}", Longest), inner)
{
    /// <summary>Characters of an answer: what was sent may be quoted in it.</summary>
    private const int Longest = 1600;

    public int Status { get; } = status;

    /// <summary>What is wrong, in a few words.</summary>
    public string What { get; } = Plain.Text(what);

    /// <summary>What was expected and found, and what to do.</summary>
    public string? Why { get; } = why is null ? null : Plain.Text(why, Longest);

    /// <summary>When to ask again, for a status that passes.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>A mistake in what was sent, in the words of the library that found it.</summary>
    public static RequestRefusedException From(UserErrorException error)
    {
        // The name that errors call what was sent by says nothing here: it is the only thing that was sent.
        var lines = OptionWords.In(error).Split('\n');
        lines[0] = lines[0].StartsWith($"{ImageReader.PictureName}: ", StringComparison.Ordinal)
            ? lines[0][(ImageReader.PictureName.Length + 2)..] : lines[0];
        var why = lines.Skip(1).Select(line => string.Join(": ", line.Split(':', 2, StringSplitOptions.TrimEntries)));
        return new RequestRefusedException(400, lines[0], lines.Length > 1 ? string.Join("; ", why) : null, error);
    }
}
