using MnistGpu.Files;
using MnistGpu.Model;
using MnistGpu.Tests.Support;
using MnistGpu.Training;

namespace MnistGpu.Tests.Training;

public sealed class CommitteeFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void WhatIsJoinedIsReadBack()
    {
        var joined = CommitteeFile.Join([Model("4-3-2", 1, ("data", "x")), Model("4-5-2", 2, ("data", "x"))]);
        joined.Save(folder.File("m"), asDouble: true);
        var read = ModelFile.Load(folder.File("m"));
        Assert.Equal("a committee of 2 networks, 4-3-2, 4-5-2", read.Title);
        for (var i = 0; i < 2; i++)
        {
            Agreement.SameBits(joined.Networks[i], read.Networks[i]);
            Assert.Equal(10 + i + 1, read.Networks[i].Step);
        }

        // What both say stands there once, what they say for themselves beside their numbers.
        Assert.Equal(("x", "1", "2"), (read.Metadata["data"], read.Metadata["1.seed"], read.Metadata["2.seed"]));
        Assert.False(read.Metadata.ContainsKey("network") || read.Metadata.ContainsKey("1.data"));
        Assert.Equal("4-5-2", CommitteeFile.MetadataOf(read.Metadata, 1)["network"]);
        Assert.Equal(("1", "2"), (read.Metadata["seed"], read.Metadata["committee"]));
    }

    [Fact]
    public void ACommitteeBringsAllItsNetworksAndWhatIsSaidOfEach()
    {
        var two = CommitteeFile.Join([Model("4-3-2", 1), Model("4-3-2", 2)], new Dictionary<string, string>
        {
            ["test_accuracy"] = "1",
        });
        var three = CommitteeFile.Join([("two", two), Model("4-3-2", 3)]);
        Assert.Equal(["1", "2", "3"], Enumerable.Range(1, 3).Select(i => three.Metadata[$"{i}.seed"]));
        Agreement.SameBits(two.Networks[1], three.Networks[1]);
        Assert.Equal("4-3-2", three.Metadata["network"]);
    }

    [Fact]
    public void WhatIsSaidOfTheCommitteeIsNotItsNetworks()
    {
        (string, ModelFile)[] both = [Model("4-3-2", 1, ("loss", "1")), Model("4-3-2", 2, ("loss", "1"))];
        var joined = CommitteeFile.Join(both, new Dictionary<string, string> { ["loss"] = "0.5" });
        Assert.Equal(("0.5", "1", "1"),
            (joined.Metadata["loss"], joined.Metadata["1.loss"], joined.Metadata["2.loss"]));
        // That each has this loss says nothing of the committee's.
        Assert.False(CommitteeFile.Join(both).Metadata.ContainsKey("loss"));
        Assert.False(CommitteeFile.MetadataOf(joined.Metadata, 0).ContainsKey("committee"));
    }

    [Theory]
    [InlineData(1, 2, true)]
    [InlineData(1, 3, false)]
    [InlineData(2, 1, false)]
    public void TheFirstSeedStandsForThoseOfOneCommand(int one, int two, bool isOne)
    {
        var joined = CommitteeFile.Join([Model("4-3-2", one), Model("4-3-2", two)]);
        Assert.Equal(isOne ? $"{one}" : null, joined.Metadata.GetValueOrDefault("seed"));
        Assert.False(CommitteeFile.Differ(joined.Metadata, ["network", "seed"]));
        Assert.True(CommitteeFile.Differ(CommitteeFile.Join([Model("4-3-2", 1), Model("4-5-2", 2)]).Metadata,
            ["network", "seed"]));
    }

    [Fact]
    public void ClassesKeepTheirNamesHoweverTheyAreWritten()
    {
        var joined = CommitteeFile.Join([
            Model("4-3-2", 1, ("image_size", "2x2x1"), ("classes", """["a","b"]""")),
            Model("4-3-2", 2, ("image_size", "2x2x1"), ("classes", """[ "a", "b" ]"""))]);
        Assert.Equal(["a", "b"], joined.Images("m").ClassNames);
    }

    [Fact]
    public void ANetworkTwiceIsRefused()
    {
        var one = Model("4-3-2", 1);
        var e = Assert.Throws<UserErrorException>(() =>
            CommitteeFile.Join([one, Model("4-3-2", 2), ("copy", one.Item2)]));
        Assert.Contains("seed 1 and copy", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("9-3-2", "", "3 × 3")]
    [InlineData("4-3-3", "", "0 1 2")]
    [InlineData("4-3-2", "ink", "one of each")]
    [InlineData("4-3-2", "classes", "a b")]
    public void NetworksOfOtherDataAreRefused(string network, string key, string found)
    {
        var other = key switch
        {
            "ink" => Model(network, 2, ("ink", "dark")),
            "classes" => Model(network, 2, ("classes", """["a","b"]""")),
            _ => Model(network, 2),
        };
        var e = Assert.Throws<UserErrorException>(() => CommitteeFile.Join([Model("4-3-2", 1), other]));
        Assert.Contains("seed 1 and seed 2", e.Message, StringComparison.Ordinal);
        Assert.Contains(found, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TooManyNetworksAreRefused() => Assert.Contains("at most 100", Assert.Throws<UserErrorException>(() =>
        CommitteeFile.Join([.. Enumerable.Range(0, 101).Select(i => Model("4-2", i))])).Message,
        StringComparison.Ordinal);

    [Theory]
    [InlineData("2.b1", "network 2, tensor 'b1'")]
    [InlineData("1.W1", "no network")]
    [InlineData("W1", "W1")]
    [InlineData("4.W1", "4.W1")]
    [InlineData("1.1.W1", "1.1.W1")]
    [InlineData("1.other", "1.other")]
    [InlineData("wide", "5-2")]
    public void ADamagedCommitteeIsRefused(string fault, string found)
    {
        var tensors = new List<Tensor>();
        foreach (var prefix in (string[])["1.", "2."])
        {
            var width = fault == "wide" && prefix == "2." ? 5 : 4;
            tensors.Add(new Tensor($"{prefix}W1", [2, width], new double[2 * width]));
            tensors.Add(new Tensor($"{prefix}b1", [2], new double[2]));
        }

        if (tensors.RemoveAll(tensor => tensor.Name == fault) == 0 && fault != "wide")
        {
            tensors.Add(new Tensor(fault, [2, 4], new double[8]));
        }

        Safetensors.Write(folder.File("m"), tensors, new Dictionary<string, string>(), asDouble: false);
        var e = Assert.Throws<UserErrorException>(() => ModelFile.Load(folder.File("m")));
        Assert.Contains(found, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatNeedsOneNetworkSaysSo()
    {
        var joined = CommitteeFile.Join([Model("4-3-2", 1), Model("4-3-2", 2)]);
        var e = Assert.Throws<UserErrorException>(() => joined.RequireOne("m.safetensors"));
        Assert.Contains("m.safetensors", e.Message, StringComparison.Ordinal);
        Assert.Contains("a committee of 2 networks", e.Message, StringComparison.Ordinal);
    }

    private static (string, ModelFile) Model(string network, int seed, params (string Key, string Value)[] metadata)
    {
        var state = Initialization.Draw(NetworkShape.Parse(network), Start.Normal, (ulong)seed);
        state.Step = 10 + seed;
        return ($"seed {seed}", new ModelFile(state,
            metadata.Append(("seed", $"{seed}")).ToDictionary(pair => pair.Item1, pair => pair.Item2)));
    }
}
