namespace MnistGpu.Program.Commands;

/// <summary>What the program tells its caller (README, "Exit codes").</summary>
internal static class ExitCode
{
    public const int Done = 0;

    /// <summary>The run failed: it diverged, or a verification was not passed.</summary>
    public const int Failed = 1;

    /// <summary>Wrong usage or input: the user can mend it.</summary>
    public const int Usage = 2;

    /// <summary>Ctrl-C, as shells count it: 128 + SIGINT.</summary>
    public const int Interrupted = 130;
}
