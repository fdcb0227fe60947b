using MnistGpu.Simd.Memory;

namespace MnistGpu.Tests.Simd.Memory;

public sealed class WorkersTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    public void EveryPieceOfEveryJobIsDoneOnce(int threads)
    {
        using var workers = new Workers(threads);
        for (var job = 0; job < 500; job++)
        {
            var count = new Counting(job % 23);
            workers.Run(count, count.Done.Length);
            Assert.All(count.Done, n => Assert.Equal(1, n));
        }
    }

    [Fact]
    public void HelpersThatFellAsleepWakeForTheNextJob()
    {
        using var workers = new Workers(2);
        for (var job = 0; job < 3; job++)
        {
            Thread.Sleep(20);
            using var meeting = new Meeting();
            workers.Run(meeting, 2);
            Assert.True(meeting.BothCame);
        }
    }

    [Fact]
    public void AFailureInAPieceReachesTheCallerAndTheWorkersGoOn()
    {
        using var workers = new Workers(3);
        Assert.Throws<InvalidOperationException>(() => workers.Run(new Failing(), 20));
        var count = new Counting(20);
        workers.Run(count, 20);
        Assert.All(count.Done, n => Assert.Equal(1, n));
    }

    private sealed class Counting(int pieces) : IWork
    {
        public int[] Done { get; } = new int[pieces];

        public void Do(int item, int worker) => Interlocked.Increment(ref Done[item]);
    }

    // Two pieces that wait for each other: only two threads can do them.
    private sealed class Meeting : IWork, IDisposable
    {
        private readonly CountdownEvent arrived = new(2);
        private int came;

        public bool BothCame => came == 2;

        public void Dispose() => arrived.Dispose();

        public void Do(int item, int worker)
        {
            arrived.Signal();
            if (arrived.Wait(TimeSpan.FromMinutes(3)))
            {
                Interlocked.Increment(ref came);
            }
        }
    }

    private sealed class Failing : IWork
    {
        public void Do(int item, int worker)
        {
            if (item % 3 == 1)
            {
                throw new InvalidOperationException("planted");
            }
        }
    }
}
