using System.Text;

namespace MnistGpu;

/// <summary>
/// A mistake that the user can mend: a wrong option, a damaged file, an absent device. The program prints
/// <see cref="Exception.Message"/> and exits with code 2; it never shows a stack trace for one. What it quotes is made
/// plain (<see cref="Plain"/>), so that no file can begin a line of its own or fill the terminal.
/// </summary>
public sealed class UserErrorException : Exception
{
    /// <summary>Characters of a line; a path may be long, and choices are many.</summary>
    private const int Longest = 400;

    /// <summary>
    /// Says what was wrong, and as far as known where, what was expected and found, and what to do next.
    /// </summary>
    /// <param name="what">What is wrong, one sentence without a full stop.</param>
    /// <param name="where">The file, byte, line or option.</param>
    /// <param name="expected">What should have been there.</param>
    /// <param name="found">What was there.</param>
    /// <param name="todo">What the user should do next.</param>
    /// <param name="inner">The exception that showed the mistake, if one did.</param>
    public UserErrorException(
        string what, string? where = null, string? expected = null, string? found = null, string? todo = null,
        Exception? inner = null)
        : base(Compose(what, where, expected, found, todo), inner) =>
        (What, Where, Expected, Found, ToDo) = (what, where, expected, found, todo);

    /// <summary>Says more about a mistake that another part of the program found.</summary>
    /// <param name="lead">What comes before its message.</param>
    /// <param name="inner">The mistake.</param>
    public UserErrorException(string lead, UserErrorException inner)
        : base(Plain.Text(lead, Longest) + inner.Message, inner) =>
        (What, Where, Expected, Found, ToDo) = (lead + inner.What, inner.Where, inner.Expected, inner.Found,
            inner.ToDo);

    /// <summary>What is wrong, in one sentence.</summary>
    public string What { get; }

    /// <summary>The property, parameter, file, byte or line; null if unknown.</summary>
    public string? Where { get; }

    /// <summary>What should have been there; null if unknown.</summary>
    public string? Expected { get; }

    /// <summary>What was there instead; null if unknown.</summary>
    public string? Found { get; }

    /// <summary>What to do next; null if unknown.</summary>
    public string? ToDo { get; }

    /// <summary>The same mistake with another word for where it is.</summary>
    internal UserErrorException Renamed(string from, string to)
    {
        return new(Other(What)!, Other(Where), Other(Expected), Other(Found), Other(ToDo), this);

        string? Other(string? text) => text?.Replace(from, to, StringComparison.Ordinal);
    }

    private static string Compose(string what, string? where, string? expected, string? found, string? todo)
    {
        var text = new StringBuilder(Plain.Text(what, Longest));
        Line("where", where);
        Line("expected", expected);
        Line("found", found is null ? null : Plain.Text(found));
        Line("to do", todo);
        return text.ToString();

        void Line(string label, string? value)
        {
            if (value is not null)
            {
                text.Append('\n').Append("  ").Append(label.PadRight(9)).Append(": ")
                    .Append(Plain.Text(value, Longest));
            }
        }
    }
}
