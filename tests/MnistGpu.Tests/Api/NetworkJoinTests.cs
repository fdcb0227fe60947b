using MnistGpu.Data;
using MnistGpu.Model;
using MnistGpu.Tests.Support;

namespace MnistGpu.Tests.Api;

/// <summary>Networks that answer together.</summary>
public sealed class NetworkJoinTests : IDisposable
{
    private const int Images = 700;
    private static readonly ImageSet Set = Shapes.Draw(200);
    private static readonly TrainingOptions Options = Shapes.Options with { Epochs = 1, Seed = 4 };
    private readonly TemporaryFolder folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public void ACommitteeIsTheNetworksOfItsSeeds()
    {
        var rows = 0;
        using var committee = Network.Train(Set, Options with { Committee = 3, OnEpoch = _ => rows++ }, Cancel);
        Assert.Equal((3, 3), (committee.Members, rows));
        for (var i = 0; i < 3; i++)
        {
            using var alone = Network.Train(Set, Options with { Seed = 4 + (ulong)i }, Cancel);
            Agreement.SameBits(alone.Model.State, committee.Model.Networks[i]);
        }

        Assert.Equal("4", committee.Model.Metadata["seed"]);
        Assert.Empty(committee.History);
    }

    [Theory]
    [InlineData("simd")]
    [InlineData("reference")]
    [InlineData("cpu")]
    public void TheMeanOfTheirProbabilitiesAnswers(string device)
    {
        var set = Shapes.Draw(device == "cpu" ? 20 : Images, seed: 2);
        using var one = Network.Train(Set, Options, Cancel);
        using var two = Network.Train(Set, Options with { Hidden = [5, 7], Seed = 9 }, Cancel);
        using var joined = Network.Join([one, two], device);
        one.Save(folder.File("one.safetensors"));
        two.Save(folder.File("two.safetensors"));
        using var first = Network.Load(folder.File("one.safetensors"), device);
        using var second = Network.Load(folder.File("two.safetensors"), device);
        var pixels = set.Digits.X.Span;
        var (a, b, mean) = (new double[2 * set.Count], new double[2 * set.Count], new double[2 * set.Count]);
        first.Predict(pixels, a);
        second.Predict(pixels, b);
        joined.Predict(pixels, mean);
        Assert.Equal(a.Zip(b, (x, y) => (x + y) / 2), mean);
        var score = joined.Evaluate(set, Cancel);
        var labels = set.Digits.Labels.ToArray();
        Assert.Equal(labels.Select((label, j) => -Math.Log(mean[2 * j + label])).Average(), score.Loss, 1e-12);
        Assert.Equal(labels.Where((label, j) => mean[2 * j + label] > 0.5).Count(), (int)score.Hits);
        Assert.Equal(joined.Predict(set.Image(3)).Probability, Math.Max(mean[6], mean[7]), 1e-6);
    }

    [Fact]
    public void ASavedCommitteeLoadsAgain()
    {
        using var committee = Network.Train(Set, Options with { Committee = 2 }, Cancel);
        committee.Save(folder.File("m.safetensors"));
        using var loaded = Network.Load(folder.File("m.safetensors"));
        Assert.Equal((2, 16), (loaded.Members, loaded.Widths[1]));
        Assert.Equal(Shapes.Names, loaded.ClassNames);
        Assert.Equal(committee.PredictMany(Set.Digits.X.Span).Select(answer => answer.Probability),
            loaded.PredictMany(Set.Digits.X.Span).Select(answer => answer.Probability));
    }

    [Fact]
    public void OneNetworkAloneIsItself()
    {
        using var one = Network.Train(Set, Options, Cancel);
        using var joined = Network.Join([one]);
        Assert.Equal((1, 1), (joined.Members, joined.History.Count));
        Agreement.SameBits(one.Model.State, joined.Model.State);
    }

    [Fact]
    public void WhatMakesNoCommitteeIsRefused()
    {
        using var one = Network.Train(Set, Options, Cancel);
        Assert.Throws<ArgumentException>(() => Network.Join([]));
        using var two = Network.Train(Set, Options with { Seed = 9 }, Cancel);
        Assert.Throws<ArgumentException>(() => Network.Join([one, null!]));
        Refused("device", () => Network.Join([one, two], "nothing"));
        Refused("the same network", () => Network.Join([one, one]));
        using var committee = Network.Join([one, two]);
        Refused("one network", () => Network.Train(Set, Options with { From = committee }, Cancel));
        Refused("Committee", () => Network.Train(Set, Options with { From = one, Committee = 2 }, Cancel));
        Refused("Committee", () => Network.Train(Set, Options with { Committee = 0 }, Cancel));
        Refused("one network", () => committee.Save(folder.File("m.cs")));

        static void Refused(string found, Action action) =>
            Assert.Contains(found, Assert.Throws<UserErrorException>(action).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhoDisposesWaitsForThoseWhoAsk()
    {
        using var isAsked = new ManualResetEventSlim();
        using var mayAnswer = new ManualResetEventSlim();
        NetworkState[] networks = [.. new ulong[] { 1, 2 }.Select(seed =>
            Initialization.Draw(NetworkShape.Parse("4-2"), Start.He, seed))];
        var members = new List<SlowAnswerer>();
        var committee = new CommitteeAnswerer(networks, _ =>
        {
            members.Add(new SlowAnswerer(isAsked, mayAnswer));
            return members[^1];
        });
        var answer = Task.Run(() => Ask(committee), Cancel);
        isAsked.Wait(Cancel);
        var disposal = new Thread(committee.Dispose);
        disposal.Start();
        // The first network is at work, the second has not been asked: both must still be there.
        SpinWait.SpinUntil(() => !disposal.IsAlive || disposal.ThreadState.HasFlag(ThreadState.WaitSleepJoin));
        Assert.True(disposal.IsAlive);
        mayAnswer.Set();
        var mean = await answer;
        Assert.Equal([0.5, 0.5], mean);
        disposal.Join();
        Assert.All(members, member => Assert.True(member.IsDisposed));
        Assert.Throws<ObjectDisposedException>(() => Ask(committee));
        committee.Dispose();
    }

    private static double[] Ask(CommitteeAnswerer committee)
    {
        var AL = new double[2];
        committee.Predict([1, 2, 3, 4], AL);
        return AL;
    }

    private sealed class SlowAnswerer(ManualResetEventSlim isAsked, ManualResetEventSlim mayAnswer) : Answerer
    {
        public bool IsDisposed { get; private set; }

        public override string Description => "slow";

        public override void Predict(ReadOnlySpan<byte> X, Span<double> AL)
        {
            ObjectDisposedException.ThrowIf(IsDisposed, this);
            isAsked.Set();
            mayAnswer.Wait(Cancel);
            AL.Fill(0.5);
        }

        public override Score Evaluate(DigitSet set, CancellationToken cancel) => throw new NotSupportedException();

        public override void Dispose() => IsDisposed = true;
    }
}
