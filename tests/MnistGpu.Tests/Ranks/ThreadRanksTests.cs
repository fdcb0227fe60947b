using MnistGpu.Ranks;

namespace MnistGpu.Tests.Ranks;

public sealed class ThreadRanksTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void EachRankGetsWhatTheOthersSend(int count)
    {
        var results = ThreadRanks.Run(count, ranks =>
        {
            // Rank r sends q + 1 bytes to rank q, each r.
            var sent = Enumerable.Range(0, count).SelectMany(q => Enumerable.Repeat((byte)ranks.Rank, q + 1)).ToArray();
            var received = new byte[count * (ranks.Rank + 1)];
            ranks.AllToAll(sent, Enumerable.Range(1, count).ToArray(), received,
                Enumerable.Repeat(ranks.Rank + 1, count).ToArray());
            var all = new byte[count];
            all[ranks.Rank] = (byte)(10 + ranks.Rank);
            ranks.AllGather(all, Enumerable.Repeat(1, count).ToArray());
            return (Received: received, All: all, First: ranks.Broadcast(100 + ranks.Rank), ranks.SentBytes);
        });
        for (var rank = 0; rank < count; rank++)
        {
            Assert.Equal(Enumerable.Range(0, count).SelectMany(r => Enumerable.Repeat((byte)r, rank + 1)),
                results[rank].Received);
            Assert.Equal(Enumerable.Range(10, count), results[rank].All.Select(value => (int)value));
            Assert.Equal(100, results[rank].First);
            var toOthers = count * (count + 1) / 2 - (rank + 1) + (count - 1);
            Assert.Equal(toOthers + (rank == 0 ? sizeof(int) * (count - 1) : 0), results[rank].SentBytes);
        }
    }

    [Fact]
    public void TextsOfAnyLengthAreGathered()
    {
        string[] texts = ["", "ö", new('x', 3000)];
        Assert.All(ThreadRanks.Run(3, ranks => ranks.Gather(texts[ranks.Rank])), all => Assert.Equal(texts, all));
        Assert.Equal(["alone"], OneRank.Instance.Gather("alone"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void WhereOneRankFailsTheOthersEndAndItsReasonIsTold(bool inTurn)
    {
        var thrown = Assert.Throws<InvalidDataException>(() => ThreadRanks.Run(3, ranks =>
        {
            ranks.Gather(1);
            return ranks.Rank == 1 ? throw new InvalidDataException("rank 1") : ranks.Gather(2).Length;
        }, inTurn));
        Assert.Equal("rank 1", thrown.Message);
    }

    [Fact]
    public void InTurnOneRankWorksAtATime()
    {
        var (working, most) = (0, 0);
        ThreadRanks.Run(4, ranks =>
        {
            for (var i = 0; i < 20; i++)
            {
                most = Math.Max(most, Interlocked.Increment(ref working));
                Thread.Yield();
                Interlocked.Decrement(ref working);
                ranks.Gather(i);
            }

            return true;
        }, inTurn: true);
        Assert.Equal(1, most);
    }
}
