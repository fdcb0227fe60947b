using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using MnistGpu.Simd.Memory;
using MnistGpu.Simd.Vectors;

namespace MnistGpu.Bench.Operations;

/// <summary>
/// What the CPU can do at best: the most of several tries, because a peak is what the machine reached once, not what it
/// usually does.
/// </summary>
internal static unsafe class CpuPeak
{
    private const int FewestTries = 3;
    private const int Accumulators = 12;

    /// <summary>The widths that this machine's vectors have.</summary>
    public static IReadOnlyList<VectorWidth> Widths { get; } =
        [.. Enum.GetValues<VectorWidth>().Where(width => width <= VectorWidths.Widest).OrderDescending()];

    /// <summary>
    /// GFLOP/s of float32 multiply-adds (two operations each) whose operands never leave the registers: twelve
    /// independent
    /// sums per thread, more than two units with a latency of four cycles need.
    /// </summary>
    /// <param name="width">The vectors.</param>
    /// <param name="threads">Threads at once.</param>
    /// <param name="budget">How long to go on trying, in seconds.</param>
    public static double MultiplyAdd(VectorWidth width, int threads, double budget)
    {
        Func<long, float> loop = width switch
        {
            VectorWidth.Bits512 => Sums<Vector512<float>, Ops512>,
            VectorWidth.Bits256 => Sums<Vector256<float>, Ops256>,
            VectorWidth.Bits128 => Sums<Vector128<float>, Ops128>,
            _ => Sums<float, OpsScalar>,
        };
        const long Iterations = 1 << 18;
        var seconds = Best(threads, budget, _ => loop(Iterations));
        return 2.0 * Accumulators * (int)width * Iterations * threads / seconds / 1e9;
    }

    /// <summary>
    /// GB/s of copying <paramref name="bytes"/> / 2 bytes to another place, each thread its part: reads and writes both
    /// counted.
    /// </summary>
    /// <param name="bytes">Bytes read and written.</param>
    /// <param name="threads">Threads at once.</param>
    /// <param name="budget">How long to go on trying, in seconds.</param>
    public static double Copy(long bytes, int threads, double budget)
    {
        var part = Math.Max(64, bytes / 2 / threads / 64 * 64);
        using var from = new AlignedBuffer(part * threads);
        using var to = new AlignedBuffer(part * threads);
        // Small copies are repeated, so that starting the threads does not weigh in.
        var repeats = (int)Math.Max(1, (16L << 20) / part);
        var seconds = Best(threads, budget, thread =>
        {
            for (var i = 0; i < repeats; i++)
            {
                Buffer.MemoryCopy(from.Bytes + thread * part, to.Bytes + thread * part, part, part);
            }

            return to.Bytes[thread * part];
        });
        return 2.0 * part * threads * repeats / seconds / 1e9;
    }

    // The shortest time from the threads' common start to the end of the last. A thread that has slept takes a while to
    // wake, so all wait for the start with their eyes open.
    private static double Best(int threads, double budget, Func<int, float> work)
    {
        var best = double.PositiveInfinity;
        long start = 0;
        var begin = Stopwatch.GetTimestamp();
        var stop = false;
        var ends = new long[threads];
        using var ready = new Barrier(threads, _ => start = Stopwatch.GetTimestamp() + Stopwatch.Frequency / 5000);
        using var done = new Barrier(threads, barrier =>
        {
            // The first try compiles and touches the pages.
            if (barrier.CurrentPhaseNumber > 0)
            {
                best = Math.Min(best, Stopwatch.GetElapsedTime(start, ends.Max()).TotalSeconds);
            }

            stop = barrier.CurrentPhaseNumber >= FewestTries && Stopwatch.GetElapsedTime(begin).TotalSeconds > budget;
        });
        var all = new Thread[threads];
        for (var i = 0; i < threads; i++)
        {
            var thread = i;
            all[i] = new Thread(() =>
            {
                while (!stop)
                {
                    ready.SignalAndWait();
                    while (Stopwatch.GetTimestamp() < start)
                    {
                        Thread.SpinWait(1);
                    }

                    GC.KeepAlive(work(thread));
                    ends[thread] = Stopwatch.GetTimestamp();
                    done.SignalAndWait();
                }
            });
            all[i].Start();
        }

        foreach (var thread in all)
        {
            thread.Join();
        }

        return best;
    }

    // Each sum tends to 1, so that none overflows or becomes subnormal.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Sums<V, O>(long iterations)
        where V : struct
        where O : struct, IVectorOps<V>
    {
        V x = O.Broadcast(0.9f), y = O.Broadcast(0.1f);
        V s0 = O.Zero, s1 = O.Zero, s2 = O.Zero, s3 = O.Zero, s4 = O.Zero, s5 = O.Zero;
        V s6 = O.Zero, s7 = O.Zero, s8 = O.Zero, s9 = O.Zero, s10 = O.Zero, s11 = O.Zero;
        for (long i = 0; i < iterations; i++)
        {
            s0 = O.MultiplyAdd(s0, x, y);
            s1 = O.MultiplyAdd(s1, x, y);
            s2 = O.MultiplyAdd(s2, x, y);
            s3 = O.MultiplyAdd(s3, x, y);
            s4 = O.MultiplyAdd(s4, x, y);
            s5 = O.MultiplyAdd(s5, x, y);
            s6 = O.MultiplyAdd(s6, x, y);
            s7 = O.MultiplyAdd(s7, x, y);
            s8 = O.MultiplyAdd(s8, x, y);
            s9 = O.MultiplyAdd(s9, x, y);
            s10 = O.MultiplyAdd(s10, x, y);
            s11 = O.MultiplyAdd(s11, x, y);
        }

        var sum = O.Add(O.Add(O.Add(s0, s1), O.Add(s2, s3)), O.Add(O.Add(s4, s5), O.Add(s6, s7)));
        sum = O.Add(sum, O.Add(O.Add(s8, s9), O.Add(s10, s11)));
        return Unsafe.As<V, float>(ref sum);
    }
}
