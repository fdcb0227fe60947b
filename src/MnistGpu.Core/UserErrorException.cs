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
        : base(Compose(what, where, expected, found, todo), inner) => Found = found;

    /// <summary>Says more about a mistake that another part of the program found.</summary>
    /// <param name="lead">What comes before its message.</param>
    /// <param name="inner">The mistake.</param>
    public UserErrorException(string lead, UserErrorException inner)
        : base(Plain.Text(lead, Longest) + inner.Message, inner) => Found = inner.Found;

    /// <summary>What was there instead; null if unknown.</summary>
    public string? Found { get; }

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
