using MnistGpu.Data;
using MnistGpu.Data.Formats;
using MnistGpu.Tests.Support;

namespace MnistGpu.Tests.Api;

public sealed class DatasetTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task SyntheticDigitsAreTheSameEitherWay()
    {
        var options = new LoadOptions { Limit = 40, Seed = 3 };
        var now = Dataset.Load("synthetic", options, Cancel);
        var later = await Dataset.LoadAsync("synthetic", options, Cancel);
        Assert.Equal((40, 40, true), (now.Training.Count, now.Test.Count, now.HasTest));
        Assert.Equal(now.Training.Image(39), later.Training.Image(39));
        Assert.NotEqual(now.Training.Image(39),
            Dataset.Load("synthetic", new() { Limit = 40 }, Cancel).Training.Image(39));
    }

    [Fact]
    public void WithoutTestImagesAskingForThemThrows()
    {
        var digits = Dataset.Load("synthetic", new() { Limit = 40 }, Cancel).Training.Digits;
        IdxWriter.Write(folder.Path, new DigitData(digits, null, digits.Source, null));
        var data = Dataset.Load(folder.Path, cancel: Cancel);
        Assert.False(data.HasTest);
        Assert.Contains("HasTest", Assert.Throws<InvalidOperationException>(() => data.Test).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("nowhere/at/all")]
    public void WhatIsNotThereIsRefused(string source)
    {
        var error = Assert.Throws<UserErrorException>(() => Dataset.Load(source, cancel: Cancel));
        Assert.Equal(source, error.Where);
        Assert.NotNull(error.Expected);
    }

    [Fact]
    public void NullIsRefused()
    {
        Assert.Throws<ArgumentNullException>(() => Dataset.Load(null!, cancel: Cancel));
        Assert.Throws<ArgumentNullException>(() => { _ = Dataset.LoadAsync(null!, cancel: Cancel); });
    }

    [Fact]
    public void ALimitOfNothingNamesTheProperty() => Assert.Equal("LoadOptions.Limit",
        Assert.Throws<UserErrorException>(() => Dataset.Load("synthetic", new() { Limit = 0 }, Cancel)).Where);

    public static TheoryData<string, LoadOptions> Refused => new()
    {
        { nameof(LoadOptions.Limit), new() { Limit = -1 } },
        { nameof(LoadOptions.Label), new() { Label = "" } },
        { nameof(LoadOptions.Picture), new() { Picture = "" } },
        { nameof(LoadOptions.Range), new() { Range = (1, 0) } },
        { nameof(LoadOptions.Range), new() { Range = (0, 0) } },
        { nameof(LoadOptions.Range), new() { Range = (0, double.PositiveInfinity) } },
        { nameof(LoadOptions.Range), new() { Range = (double.NaN, 1) } },
        { nameof(LoadOptions.Range), new() { Range = (double.MinValue, double.MaxValue) } },
        { nameof(LoadOptions.Size), new() { Size = (0, 28) } },
        { nameof(LoadOptions.Size), new() { Size = (28, -1) } },
        { nameof(LoadOptions.Size), new() { Size = (1025, 28) } },
    };

    [Theory]
    [MemberData(nameof(Refused), DisableDiscoveryEnumeration = true)]
    public void WhatNoFileCanBeReadByIsRefusedByTheNameOfItsProperty(string property, LoadOptions options)
    {
        var table = folder.File("table.csv");
        File.WriteAllText(table, "0,9,8,7,1\n1,8,7,0,2\n");
        var error = Assert.Throws<UserErrorException>(() => Dataset.Load(table, options, Cancel));
        Assert.Equal($"LoadOptions.{property}", error.Where);
    }

    [Fact]
    public void WhatIsSaidOfTheFilesIsUsedAndGuessesNameTheProperty()
    {
        var table = folder.File("table.csv");
        File.WriteAllText(table, "0,9,8,7,a\n9,8,7,0,b\n0,7,8,9,a\n");
        var guessed = Dataset.Load(table, new() { Label = "last", HasHeader = false }, Cancel);
        Assert.Equal(["a", "b"], guessed.Training.ClassNames);
        Assert.Contains(guessed.Guesses,
            guess => guess.Contains("LoadOptions.Range", StringComparison.Ordinal));
        var said = Dataset.Load(table, new() { Label = "last", HasHeader = false, Range = (0, 9) }, Cancel);
        Assert.DoesNotContain(said.Guesses,
            guess => guess.Contains("LoadOptions.Range", StringComparison.Ordinal));
        Assert.Equal(255, said.Training.Image(0)[1]);
    }

    [Fact]
    public void WhoeverIsCancelledAtOnceLoadsNothing()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        Assert.Throws<OperationCanceledException>(() => Dataset.Load("synthetic", null, source.Token));
    }
}
