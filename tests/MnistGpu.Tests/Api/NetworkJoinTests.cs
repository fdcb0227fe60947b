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
        Refused("device", () => Network.Join([one, one], "nothing"));
        using var committee = Network.Join([one, one]);
        Refused("one network", () => Network.Train(Set, Options with { From = committee }, Cancel));
        Refused("Committee", () => Network.Train(Set, Options with { From = one, Committee = 2 }, Cancel));
        Refused("Committee", () => Network.Train(Set, Options with { Committee = 0 }, Cancel));
        Refused("one network", () => committee.Save(folder.File("m.cs")));

        static void Refused(string found, Action action) =>
            Assert.Contains(found, Assert.Throws<UserErrorException>(action).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ManyAskAndWhoDisposesWaitsForThem()
    {
        using var one = Network.Train(Set, Options, Cancel);
        using var two = Network.Train(Set, Options with { Seed = 9 }, Cancel);
        var joined = Network.Join([one, two]);
        var expected = joined.Predict(Set.Image(0)).Probability;
        using var asked = new CountdownEvent(4);
        var callers = Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            asked.Signal();
            try
            {
                while (true)
                {
                    Assert.Equal(expected, joined.Predict(Set.Image(0)).Probability);
                }
            }
            catch (ObjectDisposedException)
            {
                return;
            }
        }, Cancel)).ToArray();
        asked.Wait(Cancel);
        joined.Dispose();
        joined.Dispose();
        await Task.WhenAll(callers);
    }
}
