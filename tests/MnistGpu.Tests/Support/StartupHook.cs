using MnistGpu.Tests.Support;

/// <summary>
/// What .NET calls before the program's Main where DOTNET_STARTUP_HOOKS names this assembly, by this name and without a
/// namespace.
/// </summary>
internal static class StartupHook
{
    public static void Initialize() => WarmCommands.Run();
}
