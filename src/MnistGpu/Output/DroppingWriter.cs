using System.Runtime.InteropServices;
using System.Text;

namespace MnistGpu.Program.Output;

/// <summary>
/// Standard output or error output that outlives a full disk, a closed handle and a terminal that is gone: what cannot
/// be written is dropped, and the work goes on.
/// </summary>
internal sealed partial class DroppingWriter(TextWriter inner) : TextWriter
{
    private const int GetFlags = 1;
    private const int ClosesOnExec = 1;

    /// <summary>Why something was dropped; null while nothing was.</summary>
    public string? Failure { get; private set; }

    /// <inheritdoc/>
    public override Encoding Encoding => inner.Encoding;

    /// <summary>Puts one in front of each of the console's outputs; returns the standard output's.</summary>
    public static DroppingWriter Guard()
    {
        // What writing needs is loaded now: later there may be no room for another open file.
        Console.OpenStandardError().Write([]);
        Console.SetError(Wrap(2, Console.Error));
        var output = Wrap(1, Console.Out);
        Console.SetOut(output);
        return output;
    }

    private static DroppingWriter Wrap(int handle, TextWriter writer) => IsOpen(handle) ? new DroppingWriter(writer)
        : new DroppingWriter(Null) { Failure = "it is closed" };

    /// <summary>
    /// Whether an output is what the program was started with. Where that was closed, .NET's own first pipe has its
    /// number, which waits for ever once it is full; it is known by a flag that nothing inherited can have.
    /// </summary>
    private static bool IsOpen(int handle)
    {
        try
        {
            return OperatingSystem.IsWindows()
                || (Control(handle, GetFlags) is >= 0 and var flags && (flags & ClosesOnExec) == 0);
        }
        catch (TypeLoadException)
        {
            return true;
        }
    }

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int Control(int handle, int command);

    /// <inheritdoc/>
    public override void Write(char value) => Try(() => inner.Write(value));

    /// <inheritdoc/>
    public override void Write(string? value) => Try(() => inner.Write(value));

    /// <inheritdoc/>
    public override void Write(char[] buffer, int index, int count) => Try(() => inner.Write(buffer, index, count));

    /// <inheritdoc/>
    public override void WriteLine() => Try(inner.WriteLine);

    /// <inheritdoc/>
    public override void WriteLine(string? value) => Try(() => inner.WriteLine(value));

    /// <inheritdoc/>
    public override void Flush() => Try(inner.Flush);

    private void Try(Action write)
    {
        try
        {
            write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            Failure ??= e.Message;
        }
    }
}
