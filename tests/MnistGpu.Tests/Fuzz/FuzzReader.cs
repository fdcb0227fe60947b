using MnistGpu.Program.Web;

namespace MnistGpu.Tests.Fuzz;

/// <summary>A reader under test.</summary>
/// <param name="Name">What it reads.</param>
/// <param name="Valid">Inputs that it accepts.</param>
/// <param name="Read">Reads one; throws what it documents, or answers.</param>
internal sealed record FuzzReader(string Name, IReadOnlyList<byte[]> Valid, Action<byte[]> Read)
{
    /// <summary>Whether a reader may refuse an input so; a message is to be read, and to the end.</summary>
    public static bool IsDocumented(Exception e)
    {
        const int Longest = 2400;
        return e is UserErrorException or RequestRefusedException && e.Message.Length < Longest
            && !e.Message.Any(c => char.IsControl(c) && c != '\n');
    }
}
