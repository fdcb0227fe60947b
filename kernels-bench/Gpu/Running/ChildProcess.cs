using System.Collections.Concurrent;
using System.Diagnostics;

namespace MnistGpu.Bench.Gpu.Running;

/// <summary>
/// A process of this program: its lines as they come, the end of what it wrote to the error output, and its end.
/// </summary>
internal sealed class ChildProcess : IDisposable
{
    private const int MostErrorLines = 12;

    private readonly Process process;
    private readonly BlockingCollection<string> lines = [];
    private readonly Queue<string> errors = [];

    /// <summary>Starts it.</summary>
    public ChildProcess(ProcessStartInfo start)
    {
        process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => Take(line.Data);
        process.ErrorDataReceived += (_, line) => TakeError(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>Whether it is gone and all its lines are read.</summary>
    public bool HasEnded => lines.IsCompleted;

    /// <summary>Its exit code, once it is gone.</summary>
    public int ExitCode => process.ExitCode;

    /// <summary>The end of what it wrote to the error output, in one line.</summary>
    public string Errors
    {
        get
        {
            lock (errors)
            {
                return string.Join("; ", errors);
            }
        }
    }

    /// <summary>Its next line; null where none comes within this time.</summary>
    public string? ReadLine(TimeSpan wait) => lines.TryTake(out var line, wait) ? line : null;

    /// <summary>Ends it, and what it started.</summary>
    public void Kill()
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It is gone already.
        }

        process.WaitForExit(2000);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!process.HasExited)
        {
            Kill();
        }

        process.Dispose();
    }

    private void Take(string? line)
    {
        if (line is not null)
        {
            lines.Add(line);
            return;
        }

        // The end of the output is not yet the end of the process, whose exit code is wanted.
        process.WaitForExit(2000);
        lines.CompleteAdding();
    }

    private void TakeError(string? line)
    {
        if (string.IsNullOrWhiteSpace(line))
        {
            return;
        }

        lock (errors)
        {
            errors.Enqueue(line.Trim());
            if (errors.Count > MostErrorLines)
            {
                errors.Dequeue();
            }
        }
    }
}
