using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using MnistGpu.Bench.Gpu.Running;
using MnistGpu.Bench.Measuring;

namespace MnistGpu.Bench.Gpu.Stages;

/// <summary>A command of the program mnistgpu, in a process of its own, as its user starts it.</summary>
internal static class ProgramCommand
{
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(50);

    /// <summary>Runs one with --json.</summary>
    /// <param name="context">Whose piece's time it has.</param>
    /// <param name="arguments">What a user would type.</param>
    /// <returns>What it printed, and how long its process took.</returns>
    /// <exception cref="NotRunException">It was not done in time.</exception>
    /// <exception cref="InvalidOperationException">It failed before it had a result.</exception>
    public static (JsonObject Json, double Seconds) Run(StageContext context, params IEnumerable<string> arguments)
    {
        var start = Stopwatch.GetTimestamp();
        using var child = new ChildProcess(RunOptions.Start(RunOptions.OwnProgram(),
            [GpuCommandNames.Program, .. arguments, "--json"]));
        var text = new StringBuilder();
        while (!child.HasEnded)
        {
            if (child.ReadLine(Glance) is { } line)
            {
                text.AppendLine(line);
            }
            else if (context.PieceLeft <= 0)
            {
                child.Kill();
                throw new NotRunException("it was not done in the time of this piece, "
                    + Report.Time(Stopwatch.GetElapsedTime(start).TotalSeconds), needsTime: true);
            }
        }

        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        try
        {
            return (JsonNode.Parse(text.ToString())!.AsObject(), seconds);
        }
        catch (JsonException)
        {
            throw new InvalidOperationException($"mnistgpu ended with exit code {child.ExitCode}: {child.Errors}");
        }
    }
}
