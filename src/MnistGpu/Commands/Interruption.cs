using System.Runtime.InteropServices;

namespace MnistGpu.Program.Commands;

/// <summary>
/// Turns Ctrl-C, a polite kill and a closed terminal into a token, so that the step under way is finished and the work
/// saved. A second Ctrl-C or kill ends at once; a terminal that closes may say so twice.
/// </summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource source = new();
    private readonly PosixSignalRegistration[] registrations;

    public Interruption() => registrations =
    [
        PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle),
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle),
        PosixSignalRegistration.Create(PosixSignal.SIGHUP, Handle),
    ];

    public CancellationToken Token => source.Token;

    /// <summary>Does what the first Ctrl-C does.</summary>
    public void Request() => source.Cancel();

    /// <summary>Ends when the user asks for it.</summary>
    public async Task Requested()
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = Token.Register(asked.SetResult);
        await asked.Task;
    }

    public void Dispose()
    {
        foreach (var registration in registrations)
        {
            registration.Dispose();
        }

        source.Dispose();
    }

    private void Handle(PosixSignalContext context)
    {
        context.Cancel = context.Signal == PosixSignal.SIGHUP || !source.IsCancellationRequested;
        source.Cancel();
    }
}
