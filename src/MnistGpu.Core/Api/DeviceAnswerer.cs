using System.Collections.Concurrent;
using MnistGpu.Data;
using MnistGpu.Model;

namespace MnistGpu;

/// <summary>
/// One engine on a device for many callers. Some devices belong to the thread that opened them, so one thread owns it
/// and does what the others ask, one after the other.
/// </summary>
internal sealed class DeviceAnswerer : Answerer
{
    private readonly BlockingCollection<Job> queue = [];
    private readonly Thread thread;
    private readonly Lock gate = new();
    private bool isDisposed;

    /// <summary>Starts the engine.</summary>
    /// <exception cref="UserErrorException">It does not start.</exception>
    public DeviceAnswerer(NetworkState state, Func<INetworkEngine> create, Func<INetworkEngine, string?> notice)
    {
        var started = new TaskCompletionSource<(string, string?)>();
        thread = new Thread(() => Run(state, create, notice, started))
        {
            IsBackground = true,
            Name = "MnistGpu device",
        };
        thread.Start();
        (Description, Notice) = started.Task.GetAwaiter().GetResult();
    }

    /// <inheritdoc/>
    public override string Description { get; }

    /// <inheritdoc/>
    public override void Predict(ReadOnlySpan<byte> X, Span<double> AL)
    {
        // Another thread cannot see the caller's spans.
        var (pixels, answers) = (X.ToArray(), new double[AL.Length]);
        Ask(engine => engine.Predict(pixels, answers));
        answers.CopyTo(AL);
    }

    /// <inheritdoc/>
    public override Score Evaluate(DigitSet set, CancellationToken cancel)
    {
        Score? score = null;
        Ask(engine => score = Evaluate(engine, set, cancel), cancel);
        return score!;
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        lock (gate)
        {
            if (isDisposed)
            {
                return;
            }

            isDisposed = true;
            queue.CompleteAdding();
        }

        thread.Join();
        queue.Dispose();
    }

    private void Ask(Action<INetworkEngine> what, CancellationToken cancel = default)
    {
        var job = new Job(what, new TaskCompletionSource());
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(isDisposed, typeof(Network));
            queue.Add(job, CancellationToken.None);
        }

        job.Done.Task.WaitAsync(cancel).GetAwaiter().GetResult();
    }

    private void Run(NetworkState state, Func<INetworkEngine> create, Func<INetworkEngine, string?> notice,
        TaskCompletionSource<(string, string?)> started)
    {
        INetworkEngine engine;
        try
        {
            engine = create();
        }
        catch (Exception e)
        {
            started.SetException(e);
            return;
        }

        using (engine)
        {
            try
            {
                engine.Load(state);
                started.SetResult((engine.Description, notice(engine)));
            }
            catch (Exception e)
            {
                started.SetException(e);
                return;
            }

            foreach (var job in queue.GetConsumingEnumerable())
            {
                try
                {
                    job.What(engine);
                    job.Done.SetResult();
                }
                catch (Exception e)
                {
                    job.Done.SetException(e);
                }
            }
        }
    }

    private sealed record Job(Action<INetworkEngine> What, TaskCompletionSource Done);
}
