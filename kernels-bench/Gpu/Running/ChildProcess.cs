using System.Collections.Concurrent;
using System.Diagnostics;

namespace MnistGpu.Bench.Gpu.Running;

/// <summary>
/// A process of this program: its lines as they come, the end of what it wrote to the error output, and its end.
/// </summary>
internal sealed class ChildProcess : IDisposable
{
    private const int MostErrorLines = 12;

    // So long a process may take to end after its output, or after it was told to.
    private static readonly TimeSpan EndTime = TimeSpan.FromSeconds(2);

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

    /// <summary>
    /// Its exit code, once <see cref="HasEnded"/>: a process that ended its output but not itself is ended first. Null
    /// where even that is in vain.
    /// </summary>
    public int? ExitCode
    {
        get
        {
            if (!process.HasExited)
            {
                Kill();
            }

            return process.HasExited ? process.ExitCode : null;
        }
    }

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
        const int tries = 2;
        for (var i = 0; i < tries; i++)
        {
            try
            {
                process.Kill(entireProcessTree: true);
            }
            catch (Exception e) when (e is InvalidOperationException or AggregateException
                or System.ComponentModel.Win32Exception)
            {
                // It is gone already, or the system does not end it now.
            }

            if (process.WaitForExit(EndTime))
            {
                return;
            }
        }
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
        process.WaitForExit(EndTime);
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
