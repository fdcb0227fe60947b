using System.Diagnostics;
using System.Runtime.ExceptionServices;

namespace MnistGpu.Simd.Memory;

/// <summary>Work that falls into numbered pieces, which may be done in any order and by any thread.</summary>
internal interface IWork
{
    /// <summary>
    /// Does piece <paramref name="item"/>; no two calls at one time have the same <paramref name="worker"/>.
    /// </summary>
    void Do(int item, int worker);
}

/// <summary>
/// Threads that live as long as the engine. The caller publishes a job by a store for each, takes part in it, and
/// returns when every piece is done; helpers look out for the next job for a moment before they sleep, so that the
/// phases of a step follow each other within a microsecond. Each thread begins with a share of its own, the same for
/// every job of as many pieces, so that what a piece reads and writes stays in one core's cache; then it helps the
/// others. So which thread does a piece is chance, and the pieces must not depend on it.
/// </summary>
internal sealed class Workers : IDisposable
{
    // Long enough to bridge the host's work between two steps, short enough not to burn a core between epochs.
    private static readonly long LookOut = Stopwatch.Frequency / 5000;

    // Longs from one thread's ticket to the next: each on cache lines of its own.
    private const int Apart = 16;

    // Short looks before a thread that waits for the last pieces lets others run.
    private const int Looks = 1000;

    private readonly Thread[] helpers;
    private readonly object gate = new();
    private IWork? work;
    private int total;
    private int done;
    private int sleeping;
    private bool stop;
    private ExceptionDispatchInfo? failure;

    // Per thread: the job's number in the high half, the pieces of its share that nobody has taken in the low one. A
    // piece is taken by swapping the whole word, so that nobody can take a piece of one job for a piece of the next.
    private readonly long[] tickets;
    private int number;

    /// <summary>Starts the helpers: one fewer than <paramref name="threads"/>, because the caller works too.</summary>
    public Workers(int threads)
    {
        helpers = new Thread[threads - 1];
        tickets = new long[threads * Apart];
        for (var i = 0; i < helpers.Length; i++)
        {
            var worker = i + 1;
            helpers[i] = new Thread(() => Help(worker)) { IsBackground = true, Name = $"simd {worker}" };
            helpers[i].Start();
        }
    }

    /// <summary>The number of threads that may work at once, the caller's among them.</summary>
    public int Count => helpers.Length + 1;

    /// <summary>
    /// Does pieces 0 to <paramref name="items"/> − 1 of <paramref name="job"/> and returns when all are done.
    /// </summary>
    public void Run(IWork job, int items)
    {
        if (helpers.Length == 0 || items <= 1)
        {
            for (var item = 0; item < items; item++)
            {
                job.Do(item, 0);
            }

            return;
        }

        work = job;
        total = items;
        done = 0;
        number++;
        // From the last down, so that a helper without a share finds those after it.
        for (var owner = Count - 1; owner >= 0; owner--)
        {
            Interlocked.Exchange(ref tickets[owner * Apart], (long)number << 32 | (uint)(End(owner) - End(owner - 1)));
        }

        if (Volatile.Read(ref sleeping) > 0)
        {
            lock (gate)
            {
                Monitor.PulseAll(gate);
            }
        }

        TakePieces(number, 0);
        for (var look = 0; look < Looks && Volatile.Read(ref done) < items; look++)
        {
            Thread.SpinWait(4);
        }

        var wait = default(SpinWait);
        while (Volatile.Read(ref done) < items)
        {
            wait.SpinOnce(sleep1Threshold: -1);
        }

        work = null;
        if (failure is { } first)
        {
            failure = null;
            first.Throw();
        }
    }

    /// <summary>Ends the helpers.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            Volatile.Write(ref stop, true);
            Monitor.PulseAll(gate);
        }

        foreach (var helper in helpers)
        {
            helper.Join();
        }
    }

    // The piece after the last of an owner's share.
    private int End(int owner) => (int)((long)total * (owner + 1) / Count);

    private void TakePieces(int number, int worker)
    {
        var taken = 0;
        for (var i = 0; i < Count; i++)
        {
            taken += TakePieces(number, worker, (worker + i) % Count);
        }

        if (taken > 0)
        {
            Interlocked.Add(ref done, taken);
        }
    }

    // Returns how many pieces of the owner's share this worker did.
    private int TakePieces(int number, int worker, int owner)
    {
        ref var ticket = ref tickets[owner * Apart];
        for (var taken = 0; ;)
        {
            var seen = Volatile.Read(ref ticket);
            var left = (int)(uint)seen;
            if ((int)(seen >> 32) != number || left == 0)
            {
                return taken;
            }

            if (Interlocked.CompareExchange(ref ticket, seen - 1, seen) != seen)
            {
                continue;
            }

            taken++;
            try
            {
                // A piece taken keeps the job open, so its fields hold still until it is counted as done.
                work!.Do(End(owner) - left, worker);
            }
            catch (Exception e)
            {
                Volatile.Write(ref failure, ExceptionDispatchInfo.Capture(e));
            }
        }
    }

    private void Help(int worker)
    {
        var last = 0;
        while (Await(last, worker))
        {
            last = Job(worker);
            TakePieces(last, worker);
        }
    }

    private int Job(int worker) => (int)(Volatile.Read(ref tickets[worker * Apart]) >> 32);

    // Waits for a job other than the last; false when the engine ends.
    private bool Await(int last, int worker)
    {
        var until = Stopwatch.GetTimestamp() + LookOut;
        while (Job(worker) == last && !Volatile.Read(ref stop))
        {
            Thread.SpinWait(8);
            if (Stopwatch.GetTimestamp() < until)
            {
                continue;
            }

            lock (gate)
            {
                Interlocked.Increment(ref sleeping);
                while (Job(worker) == last && !stop)
                {
                    Monitor.Wait(gate);
                }

                Interlocked.Decrement(ref sleeping);
            }
        }

        return !Volatile.Read(ref stop);
    }
}
