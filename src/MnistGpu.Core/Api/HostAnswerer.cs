using MnistGpu.Data;
using MnistGpu.Model;

namespace MnistGpu;

/// <summary>
/// Engines of one thread each on the host, one for every core at most, which callers borrow; and one of all threads for
/// many images at once, where calls wait for each other. They are made when they are first needed.
/// </summary>
internal sealed class HostAnswerer : Answerer
{
    /// <summary>From here on waking the other threads costs less than they save.</summary>
    private const int Many = 512;

    private readonly NetworkState state;
    private readonly Func<int, INetworkEngine> create;
    private readonly INetworkEngine?[] idle = new INetworkEngine?[Environment.ProcessorCount];
    private readonly SemaphoreSlim free;
    private readonly SemaphoreSlim wideGate = new(1);
    private readonly int threads;
    private readonly string description;
    private INetworkEngine? wide;
    private volatile bool isDisposed;

    /// <summary>Starts the first engine, so that what is wrong shows at once.</summary>
    public HostAnswerer(NetworkState state, Func<int, INetworkEngine> create, int threads)
    {
        (this.state, this.create, this.threads) = (state, create, threads);
        free = new SemaphoreSlim(idle.Length);
        idle[0] = Start(1);
        description = idle[0]!.Description;
    }

    /// <inheritdoc/>
    public override string Description => wide?.Description ?? description;

    /// <inheritdoc/>
    public override void Predict(ReadOnlySpan<byte> X, Span<double> AL)
    {
        if (X.Length / state.Shape.Inputs >= Many && threads != 1)
        {
            wideGate.Wait();
            try
            {
                Wide().Predict(X, AL);
            }
            finally
            {
                wideGate.Release();
            }

            return;
        }

        free.Wait();
        INetworkEngine? engine = null;
        try
        {
            engine = Borrow();
            engine.Predict(X, AL);
        }
        finally
        {
            GiveBack(engine);
            free.Release();
        }
    }

    /// <inheritdoc/>
    public override Score Evaluate(DigitSet set, CancellationToken cancel)
    {
        wideGate.Wait(cancel);
        try
        {
            return Evaluate(Wide(), set, cancel);
        }
        finally
        {
            wideGate.Release();
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        wideGate.Wait();
        try
        {
            if (isDisposed)
            {
                return;
            }

            isDisposed = true;
            wide?.Dispose();
        }
        finally
        {
            wideGate.Release();
        }

        // When all places are taken, no call is under way; who waits for a place is then told.
        for (var i = 0; i < idle.Length; i++)
        {
            free.Wait();
        }

        foreach (var engine in idle)
        {
            engine?.Dispose();
        }

        free.Release(idle.Length);
    }

    private INetworkEngine Borrow()
    {
        ObjectDisposedException.ThrowIf(isDisposed, typeof(Network));
        for (var i = 0; i < idle.Length; i++)
        {
            if (Interlocked.Exchange(ref idle[i], null) is { } engine)
            {
                return engine;
            }
        }

        return Start(1);
    }

    private void GiveBack(INetworkEngine? engine)
    {
        // There are as many places as engines can be out.
        for (var i = 0; engine is not null && i < idle.Length; i++)
        {
            if (Interlocked.CompareExchange(ref idle[i], engine, null) is null)
            {
                return;
            }
        }
    }

    private INetworkEngine Wide()
    {
        ObjectDisposedException.ThrowIf(isDisposed, typeof(Network));
        return wide ??= Start(threads);
    }

    private INetworkEngine Start(int count)
    {
        var engine = create(count);
        engine.Load(state);
        return engine;
    }
}
