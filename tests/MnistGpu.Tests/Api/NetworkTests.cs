using MnistGpu.Data.Pictures;
using MnistGpu.Tests.Support;

namespace MnistGpu.Tests.Api;

public sealed class NetworkTests : IDisposable
{
    private static readonly Lazy<Network> Shared = new(() => Shapes.Train());
    private readonly TemporaryFolder folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public void ATrainedNetworkKnowsWhatItLearnt()
    {
        var score = Shared.Value.Evaluate(Shapes.Draw(200, seed: 2), Cancel);
        // A guess is right half of the time.
        Assert.InRange(score.Accuracy, 0.95, 1);
        Assert.Equal(200, score.Count);
        Assert.Equal(score.Hits, score.Confusion(0, 0) + score.Confusion(1, 1));
        Assert.Equal(200, score.Predicted.Length);
        Assert.Equal((6, 6, 1), (Shared.Value.Width, Shared.Value.Height, Shared.Value.Channels));
        Assert.Equal([36, 16, 2], Shared.Value.Widths);
        Assert.Equal(4, Shared.Value.History.Count);
        Assert.Equal("simd", Shared.Value.Device);
    }

    [Fact]
    public void TheSameOptionsGiveTheSameBits()
    {
        using var again = Shapes.Train();
        using var other = Shapes.Train(Shapes.Options with { Seed = 5 });
        Assert.Equal(Shared.Value.Model.State.W[0], again.Model.State.W[0]);
        Assert.NotEqual(Shared.Value.Model.State.W[0], other.Model.State.W[0]);
    }

    [Fact]
    public void OneAndManyGetTheSameAnswers()
    {
        var set = Shapes.Draw(600, seed: 3);
        var pixels = set.Digits.X.ToArray();
        var many = Shared.Value.PredictMany(pixels);
        Assert.Equal(600, many.Length);
        var room = new double[1200];
        Shared.Value.Predict(pixels, room);
        for (var j = 0; j < many.Length; j++)
        {
            var one = Shared.Value.Predict(set.Image(j));
            Assert.Equal(Shapes.Names[one.Class], one.Name);
            Assert.Equal((one.Class, one.Name), (many[j].Class, many[j].Name));
            Assert.Equal(one.Probability, one.Probabilities.Span[one.Class]);
            Assert.Equal(1, one.Probabilities.Span[0] + one.Probabilities.Span[1], 1e-6);
            Assert.Equal(one.Probability, many[j].Probability, 1e-6);
            Assert.Equal(one.Probability, room[2 * j + one.Class], 1e-6);
        }

        Assert.Empty(Shared.Value.PredictMany([]));
    }

    [Fact]
    public void ManyThreadsGetTheAnswersOfOne()
    {
        var set = Shapes.Draw(64, seed: 4);
        var expected = Enumerable.Range(0, set.Count).Select(j => Shared.Value.Predict(set.Image(j)).Probability)
            .ToArray();
        Parallel.For(0, 2000, new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = Cancel }, i =>
            Assert.Equal(expected[i % set.Count], Shared.Value.Predict(set.Image(i % set.Count)).Probability));
    }

    [Fact]
    public void AnsweringIntoTheCallersRoomAllocatesNothing()
    {
        var pixels = Shapes.Draw(1).Image(0);
        var room = new double[2];
        Shared.Value.Predict(pixels, room);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            Shared.Value.Predict(pixels, room);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(35)]
    [InlineData(37)]
    [InlineData(72)]
    public void OneImageHasItsSize(int bytes)
    {
        var error = Assert.Throws<UserErrorException>(() => Shared.Value.Predict(new byte[bytes]));
        Assert.Equal(("pixels", "6 × 6, 36 bytes each", $"{bytes} bytes"), (error.Where, error.Expected, error.Found));
    }

    [Fact]
    public void ManyImagesAreWholeAndHaveRoomForTheirAnswers()
    {
        Assert.Equal("37 bytes",
            Assert.Throws<UserErrorException>(() => Shared.Value.PredictMany(new byte[37])).Found);
        var error = Assert.Throws<UserErrorException>(() => Shared.Value.Predict(new byte[72], new double[3]));
        Assert.Equal(("probabilities", "3"), (error.Where, error.Found));
        Assert.Throws<ArgumentNullException>(() => Shared.Value.Predict((string)null!));
    }

    [Fact]
    public void ImagesOfAnotherSizeOrClassAreRefused()
    {
        Assert.Equal("2 × 2", Assert.Throws<UserErrorException>(() =>
            Shared.Value.Evaluate(ImageSet.From(new byte[4], [0], 2, 2), Cancel)).Found);
        Assert.Equal("round", Assert.Throws<UserErrorException>(() => Shared.Value.Evaluate(
            ImageSet.From(new byte[36], [0], 6, 6, classNames: ["round"]), Cancel)).Found);
        Assert.Throws<ArgumentNullException>(() => Shared.Value.Evaluate(null!, Cancel));
    }

    [Theory]
    [InlineData("model.safetensors")]
    [InlineData("model.onnx")]
    [InlineData("model.npz")]
    public void WhatIsSavedLoadsAndAnswersTheSame(string name)
    {
        var path = folder.File(name);
        Shared.Value.Save(path);
        Shared.Value.Save(path);
        using var loaded = Network.Load(path);
        var image = Shapes.Draw(3).Image(2);
        Assert.Equal(Shared.Value.Predict(image).Probability, loaded.Predict(image).Probability, 1e-6);
        if (name != "model.npz")
        {
            Assert.Equal(Shapes.Names, loaded.ClassNames);
        }
    }

    [Fact]
    public async Task ALoadedNetworkKnowsItsHistory()
    {
        var path = folder.File("m.safetensors");
        Shared.Value.Save(path);
        using var loaded = await Network.LoadAsync(path, cancel: Cancel);
        Assert.Equal(Shared.Value.History.Select(row => row.Development),
            loaded.History.Select(row => row.Development));
    }

    [Fact]
    public void ANameThatSaysNoFormatIsRefusedAndNothingIsWritten()
    {
        var error = Assert.Throws<UserErrorException>(() => Shared.Value.Save(folder.File("model.txt")));
        Assert.Contains(".safetensors", error.Expected, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
        Assert.Throws<ArgumentNullException>(() => Shared.Value.Save(null!));
    }

    [Fact]
    public void AFileThatIsOpenElsewhereIsRefusedOrLeftWhole()
    {
        var path = folder.File("model.safetensors");
        Shared.Value.Save(path);
        var before = File.ReadAllBytes(path);
        using var other = Shapes.Train(Shapes.Options with { Seed = 9 });
        other.Save(folder.File("other.safetensors"));
        var after = File.ReadAllBytes(folder.File("other.safetensors"));
        File.Delete(folder.File("other.safetensors"));
        Assert.NotEqual(before, after);
        var isSaved = false;
        using (File.Open(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
            Assert.Equal(path, Assert.Throws<UserErrorException>(() => Network.Load(path)).Where);
            try
            {
                other.Save(path);
                isSaved = true;
            }
            catch (UserErrorException e)
            {
                Assert.NotNull(e.Found);
            }
        }

        Assert.Equal(isSaved ? after : before, File.ReadAllBytes(path));
        Assert.Single(Directory.GetFileSystemEntries(folder.Path));
    }

    [Theory]
    [InlineData("toaster", "There is no device 'toaster' here")]
    [InlineData("", "There is no device '' here")]
    public void AnUnknownDeviceIsRefusedByTheNameOfTheParameter(string device, string what)
    {
        var path = folder.File("model.safetensors");
        Shared.Value.Save(path);
        var error = Assert.Throws<UserErrorException>(() => Network.Load(path, device));
        Assert.Equal((what, "device", $"'{device}'"), (error.What, error.Where, error.Found));
    }

    [Fact]
    public void NoModelIsNoNetwork()
    {
        Assert.Throws<ArgumentNullException>(() => Network.Load(null!));
        var error = Assert.Throws<UserErrorException>(() => Network.Load(folder.File("absent.safetensors")));
        Assert.DoesNotContain("--", error.Message, StringComparison.Ordinal);
        File.WriteAllText(folder.File("text.safetensors"), "no model");
        Assert.Throws<UserErrorException>(() => Network.Load(folder.File("text.safetensors")));
    }

    [Fact]
    public void AfterDisposeEveryCallThrows()
    {
        var network = Shapes.Train();
        network.Dispose();
        network.Dispose();
        var image = new byte[36];
        Assert.Throws<ObjectDisposedException>(() => network.Predict(image));
        Assert.Throws<ObjectDisposedException>(() => network.PredictMany(new byte[36 * 600]));
        Assert.Throws<ObjectDisposedException>(() => network.PredictMany([]));
        Assert.Throws<ObjectDisposedException>(() => network.Predict([], []));
        Assert.Throws<ObjectDisposedException>(() => network.Evaluate(Shapes.Draw(4), Cancel));
        Assert.Throws<ObjectDisposedException>(() => network.Save(folder.File("m.safetensors")));
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
        using var asked = Shapes.Train();
        asked.Predict(image);
        asked.Dispose();
        Assert.Throws<ObjectDisposedException>(() => asked.Predict(image));
        Assert.Throws<ObjectDisposedException>(() => asked.PredictMany([]));
    }

    [Theory]
    [InlineData("simd", 1, 20)]
    [InlineData("simd", 600, 10)]
    [InlineData("cpu", 1, 2)]
    public async Task DisposingDuringPredictLetsCallsEndAndRefusesLaterOnes(string device, int images, int rounds)
    {
        var pixels = Shapes.Draw(images).Digits.X.ToArray();
        var path = folder.File("m.safetensors");
        using (var trained = Shapes.Train(Shapes.Options with { Epochs = 1, Limit = 32, Development = 0 }))
        {
            trained.Save(path);
        }

        for (var round = 0; round < rounds; round++)
        {
            var network = Network.Load(path, device);
            var expected = network.PredictMany(pixels)[0].Probability;
            using var start = new Barrier(5);
            var callers = Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
            {
                start.SignalAndWait(Cancel);
                while (true)
                {
                    try
                    {
                        Assert.Equal(expected, network.PredictMany(pixels)[0].Probability);
                    }
                    catch (ObjectDisposedException)
                    {
                        return;
                    }
                }
            }, Cancel)).ToArray();
            start.SignalAndWait(Cancel);
            network.Dispose();
            await Task.WhenAll(callers);
        }
    }

    [Fact]
    public async Task APictureIsPreparedAndNamed()
    {
        var digits = Dataset.Load("synthetic", new() { Limit = 3000 }, Cancel);
        using var network = Network.Train(digits.Training, new() { Hidden = [32], Epochs = 3, Device = "simd" },
            Cancel);
        var picture = folder.File("digit.png");
        ContactSheet.Write(picture, digits.Test.Digits.Slice(0, 1), 1, 1);
        var answer = network.Predict(picture);
        Assert.Equal(answer.Name, $"{answer.Class}");
        Assert.Equal(answer.Class, Assert.Single(network.PredictMany(picture)).Class);
        await using var stream = File.OpenRead(picture);
        Assert.Equal(answer.Class, Assert.Single(await network.PredictManyAsync(stream, Cancel)).Class);
        File.WriteAllText(picture, "no picture");
        Assert.Equal(picture, Assert.Throws<UserErrorException>(() => network.Predict(picture)).Where);
        await using var text = File.OpenRead(picture);
        await Assert.ThrowsAsync<UserErrorException>(() => network.PredictManyAsync(text, Cancel));
    }
}
