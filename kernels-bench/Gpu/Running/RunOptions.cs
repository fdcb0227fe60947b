using System.Diagnostics;

namespace MnistGpu.Bench.Gpu.Running;

/// <summary>What a run is asked to do.</summary>
/// <param name="Folder">Where the results go.</param>
/// <param name="Device">The device, as the user calls it.</param>
/// <param name="Source">Where the images come from, as <c>--data</c> has it.</param>
/// <param name="Minutes">How long it may take.</param>
/// <param name="Continue">Whether to do only what is missing or failed.</param>
internal sealed record RunOptions(string Folder, string Device, string Source, double Minutes, bool Continue)
{
    /// <summary>What starts a stage's process: the program, and what stands before the arguments.</summary>
    public IReadOnlyList<string> Program { get; init; } = OwnProgram();

    /// <summary>Further arguments for a stage's process.</summary>
    public IReadOnlyList<string> More { get; init; } = [];

    /// <summary>
    /// Seconds without an answer that are no sign of a hang, whatever a piece's own time: a driver may compile so long.
    /// </summary>
    public double Patience { get; init; } = 10;

    /// <summary>
    /// Whether the device is so slow that silence may be work: a piece that is silent for too long is then left out,
    /// not failed.
    /// </summary>
    public bool IsSlow { get; init; }

    /// <summary>Says a line to the person who waits.</summary>
    public Action<string> Say { get; init; } = _ => { };

    /// <summary>This program as it was started: a file of its own, or a library that dotnet runs.</summary>
    public static IReadOnlyList<string> OwnProgram()
    {
        var path = Environment.ProcessPath!;
        return Path.GetFileNameWithoutExtension(path) == "dotnet"
            ? [path, Path.Combine(AppContext.BaseDirectory, "kernels-bench.dll")] : [path];
    }

    /// <summary>How a process of this program is started, its output and input in our hands.</summary>
    public static ProcessStartInfo Start(IReadOnlyList<string> program, IEnumerable<string> arguments) =>
        new(program[0], [.. program.Skip(1), .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
}
