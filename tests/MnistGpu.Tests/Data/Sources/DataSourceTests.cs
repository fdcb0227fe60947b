using MnistGpu.Data;
using MnistGpu.Data.Formats;
using MnistGpu.Data.Sources;
using MnistGpu.Data.Synthetic;
using MnistGpu.Tests.Support;

namespace MnistGpu.Tests.Data.Sources;

public sealed class DataSourceTests : IDisposable
{
    private readonly TemporaryFolder _scratch = new();
    private readonly DigitSet _five =
        SyntheticDigits.Draw(5, 1, SyntheticPart.Train, TestContext.Current.CancellationToken);

    public void Dispose() => _scratch.Dispose();

    private static string Sample(string name) => Path.Combine(SourceTree.Root, "data", "sample", name);

    private static DigitData Load(string data, DataRequest? request = null, DataPlaces? places = null) =>
        DataSource.Load(data, request ?? new DataRequest(), places ?? DataPlaces.OfThisMachine,
            TestContext.Current.CancellationToken);

    private DataPlaces Nowhere => new(null, _scratch.File("data"), _scratch.File("cache"), null);

    /// <summary>Puts a set of so many images into a folder.</summary>
    private string Put(string folder, int count)
    {
        Directory.CreateDirectory(_scratch.File(folder));
        IdxWriter.Write(_scratch.File(folder), new DigitData(_five.Slice(0, count), _five.Slice(0, 1), "", null));
        return _scratch.File(folder);
    }

    [Fact]
    public void EachSampleIsReadAndHoldsTheSameDigits()
    {
        var idx = Load(Sample("idx"));
        var csv = Load(Path.Combine(Sample("csv"), "train.csv"));
        var png = Load(Sample("png"));
        Assert.Equal((40, 10), (idx.Train.Count, idx.Test?.Count));
        Assert.Equal((10, 20), (csv.Train.Count, png.Train.Count));
        Assert.Null(csv.Test);
        Assert.Null(png.Test);
        Assert.Equal(idx.Train.Slice(0, 10).X.ToArray(), csv.Train.X.ToArray());
        Assert.Equal(idx.Train.Slice(0, 10).Labels.ToArray(), csv.Train.Labels.ToArray());
        Assert.Equal(csv.Train.X.ToArray(), Load(Sample("csv")).Train.X.ToArray());
        // The PNGs are named by their place in the set that the others begin too; the first nine digits are there.
        Assert.Equal(idx.Train.Slice(0, 9).X.ToArray(), png.Train.Slice(0, 9).X.ToArray());
        Assert.All((DigitData[])[idx, csv, png], data => Assert.Null(data.Notice));
    }

    [Fact]
    public void ACsvTestFileBesideTheTrainingFileIsUsedOrNamed()
    {
        var train = File.ReadAllBytes(Path.Combine(Sample("csv"), "train.csv"));
        var file = _scratch.Write("both/train.csv", train);
        _scratch.Write("both/test.csv", train);
        Assert.Equal((10, 10), (Load(_scratch.File("both")).Train.Count, Load(_scratch.File("both")).Test!.Count));
        Assert.Contains("name the folder", Assert.Single(Load(file).LeftOut), StringComparison.Ordinal);

        _scratch.Write("kaggle/train.csv", train);
        _scratch.Write("kaggle/test.csv", "pixel0,pixel1,pixel2,pixel3\n0,0,0,0\n"u8.ToArray());
        var kaggle = Load(_scratch.File("kaggle"));
        Assert.Null(kaggle.Test);
        Assert.Contains("it has no labels", Assert.Single(kaggle.LeftOut), StringComparison.Ordinal);
    }

    [Fact]
    public void SyntheticDigitsComeInTheNumberAskedFor()
    {
        var data = Load("synthetic", new DataRequest { Limit = 5, SyntheticTest = 3, Seed = 1 });
        Assert.Equal(_five.X.ToArray(), data.Train.X.ToArray());
        Assert.Equal(3, data.Test?.Count);
        Assert.Null(Load("synthetic", new DataRequest { Limit = 1, SyntheticTest = 0 }).Test);
    }

    [Fact]
    public void ALimitTakesTheFirst()
    {
        var folder = Put("five", 5);
        var data = Load(folder, new DataRequest { Limit = 2 });
        Assert.Equal(_five.Slice(0, 2).X.ToArray(), data.Train.X.ToArray());
        Assert.Equal(1, data.Test?.Count);
        Assert.Equal(5, Load(folder, new DataRequest { Limit = 6 }).Train.Count);
        Refused.With(() => Load(folder, new DataRequest { Limit = 0 }), "LoadOptions.Limit", "at least 1");
    }

    [Fact]
    public void WhatIsNoDataIsNamed()
    {
        Refused.With(() => Load(_scratch.File("absent")), "no such data", "absent");
        Directory.CreateDirectory(_scratch.File("empty"));
        Refused.With(() => Load(_scratch.File("empty")), "holds no data set", "an empty folder");
        Refused.With(() => Load(_scratch.Write("other/a.txt", [1])), "no data set", "a.txt");
        Refused.With(() => Load(_scratch.File("other")), "other files");
    }

    [Fact]
    public void AutoTakesTheFirstPlaceThatHoldsMnist()
    {
        var fetched = 0;
        var places = Nowhere with
        {
            Fetch = (_, _) =>
            {
                fetched++;
                return Put("cache", 2);
            },
        };
        Assert.Equal(2, Load("auto", places: places).Train.Count);
        Assert.Equal(2, Load("auto", places: places).Train.Count);
        Assert.Equal(1, fetched);
        Put("data", 3);
        Assert.Equal(3, Load("auto", places: places).Train.Count);
        Assert.Equal(4, Load("auto", places: places with { Variable = Put("named", 4) }).Train.Count);
    }

    [Fact]
    public void AKnownDataSetIsTakenFromTheCacheOrFetchedOrAskedFor()
    {
        var offline = Assert.Throws<UserErrorException>(() => Load("fashion-mnist", places: Nowhere)).Message;
        Assert.Contains("train-images-idx3-ubyte.gz", offline, StringComparison.Ordinal);
        Assert.Contains(Path.Combine("cache", "fashion-mnist"), offline, StringComparison.Ordinal);
        var fetched = 0;
        var places = Nowhere with
        {
            FetchSet = (known, folder, _, _) =>
            {
                fetched++;
                Assert.Equal(("Fashion-MNIST", _scratch.File("cache/fashion-mnist")), (known.Name, folder));
                return Put("cache/fashion-mnist", 5);
            },
        };
        Assert.Equal(5, Load("fashion-mnist", places: places).Train.Count);
        Assert.Equal("Ankle boot", Load("fashion-mnist", places: places).Shape.ClassNames[9]);
        Assert.Equal(1, fetched);
        Put("cache", 3);
        Assert.Equal(3, Load("mnist", places: Nowhere).Train.Count);
    }

    [Fact]
    public void AFolderWithSamplesOnlyIsPassedOver()
    {
        _scratch.Write("data/README.md", [1]);
        Directory.CreateDirectory(_scratch.File("data/sample"));
        Assert.NotNull(Load("auto", new DataRequest { Limit = 1, SyntheticTest = 0 }, Nowhere).Notice);
    }

    [Fact]
    public void ADamagedCacheIsFetchedAgainAndADamagedFolderIsAnError()
    {
        var places = Nowhere with { Fetch = (_, _) => Put("fresh", 2) };
        File.WriteAllBytes(Path.Combine(Put("cache", 3), "train-labels-idx1-ubyte"), [0, 0, 8]);
        Assert.Equal(2, Load("auto", places: places).Train.Count);
        File.WriteAllBytes(Path.Combine(Put("data", 3), "train-labels-idx1-ubyte"), [0, 0, 8]);
        Refused.With(() => Load("auto", places: places), "too early");
    }

    [Fact]
    public void AutoFallsBackToSyntheticAndSaysSo()
    {
        var request = new DataRequest { Limit = 2, SyntheticTest = 1 };
        Assert.Contains("MNISTGPU_OFFLINE", Load("auto", request, Nowhere).Notice, StringComparison.Ordinal);
        var unreachable = Nowhere with
        {
            Fetch = (_, _) =>
            throw new UserErrorException("unreachable", found: "nobody")
        };
        var data = Load("auto", request, unreachable);
        Assert.Contains("(nobody): synthetic digits instead", data.Notice, StringComparison.Ordinal);
        Assert.Equal(2, data.Train.Count);
    }

    [Fact]
    public void AWrongVariableIsAnErrorAndNotPassedOver()
    {
        Put("data", 3);
        Refused.With(() => Load("auto", places: Nowhere with { Variable = _scratch.File("absent") }), "MNISTGPU_DATA",
            "absent");
    }
}
