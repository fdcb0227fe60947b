using MnistGpu.Data;
using MnistGpu.Data.Formats;
using MnistGpu.Data.Pictures;
using MnistGpu.Data.Sources;
using MnistGpu.Tests.Support;
using StbImageWriteSharp;

namespace MnistGpu.Tests.Data.Formats;

/// <summary>Folders of pictures of other things than digits.</summary>
public sealed class OtherPicturesTests : IDisposable
{
    private readonly TemporaryFolder scratch = new();

    public void Dispose() => scratch.Dispose();

    private DigitData Load(string path = ".", ReadAs? options = null, DataShape? shape = null) => DataSource.Load(
        scratch.File(path), new DataRequest { ReadAs = options ?? ReadAs.Guessed, Shape = shape },
        TestContext.Current.CancellationToken);

    /// <summary>A picture of one colour, its left half darker.</summary>
    private void Draw(string name, int width, int height, byte red, byte green, byte blue, bool jpeg = false)
    {
        var pixels = new byte[width * height * 3];
        for (var i = 0; i < width * height; i++)
        {
            var share = i % width < width / 2 ? 2 : 1;
            (pixels[3 * i], pixels[3 * i + 1], pixels[3 * i + 2]) =
                ((byte)(red / share), (byte)(green / share), (byte)(blue / share));
        }

        Directory.CreateDirectory(Path.GetDirectoryName(scratch.File(name))!);
        using var file = File.Create(scratch.File(name));
        if (jpeg)
        {
            new ImageWriter().WriteJpg(pixels, width, height, ColorComponents.RedGreenBlue, file, 95);
        }
        else
        {
            new ImageWriter().WritePng(pixels, width, height, ColorComponents.RedGreenBlue, file);
        }
    }

    [Fact]
    public void SomeOfTheDigitsAreDigitsForAllWhoAsk()
    {
        for (var k = 0; k < 5; k++)
        {
            Draw($"{k}/a.png", 28, 28, (byte)(50 * k), 10, 20);
        }

        Assert.True(Load().Shape.IsDigits);
        // Those whose size the user says are scaled as a whole, and so are other numbers than ten that nothing names.
        Assert.False(Load(options: new ReadAs { Size = (28, 28) }).Shape.IsDigits);
        Assert.True(Load(shape: Mnist.Shape).Shape.IsDigits);
        Assert.False(Mnist.Shape.With(DataShape.Numbers(5)).IsDigits);
        Assert.True(Mnist.Shape.IsDigits);
        Assert.False(Mnist.Shape.With(DataShape.Numbers(11)).IsDigits);
        Assert.False(Mnist.Shape.With(["1", "2"]).IsDigits);
        Assert.False(new DataShape(32, 32, 1, DataShape.Numbers(5)).IsDigits);
    }

    [Fact]
    public void PicturesOfAKindThatIsNotReadAreNamedWithTheWayOut()
    {
        byte[] webp = [.. "RIFF"u8, 26, 0, 0, 0, .. "WEBPVP8L"u8, 0, 0, 0, 0];
        scratch.Write("a/1.webp", webp);
        scratch.Write("b/1.webp", webp);
        Refused.With(() => Load(), "a WebP picture", "save it as PNG or JPEG", "a/1.webp");
        // One that is called otherwise.
        File.Move(scratch.File("a/1.webp"), scratch.File("a/1.png"));
        File.Move(scratch.File("b/1.webp"), scratch.File("b/1.png"));
        Refused.With(() => Load(), "a WebP picture", "save the picture as PNG or JPEG");
    }

    [Fact]
    public void AListOfPicturesIsHeldToTheRulesOfFolders()
    {
        Draw("a.png", 28, 28, 50, 10, 20);
        Draw("b.png", 28, 28, 90, 10, 20);
        void List(params string[] lines) => scratch.Write("list.csv",
            System.Text.Encoding.UTF8.GetBytes(string.Join('\n', lines.Prepend("file,label"))));
        List("a.png,x", "b.png,x");
        Refused.With(() => Load("list.csv"), "no number of classes");
        List("a.png,3", "b.png,7");
        Refused.With(() => Load("list.csv"), "A class is missing", "no class 0");
        List([.. Enumerable.Range(0, 257).Select(i => $"a.png,c{i}")]);
        Refused.With(() => Load("list.csv"), "no number of classes", "257");
        List("a.png,x\u0001", "b.png,x\u0002");
        Refused.With(() => Load("list.csv", shape: new DataShape(4, 4, 1, ["p", "q"])), "no two alike");
        List("a.png,x", new string('y', 100_000));
        Refused.With(() => Load("list.csv"), "names no picture and its class", "line 3");
        List("a.png,x", "b.png,y");
        Assert.Equal(2, Load("list.csv").Train.Count);
    }

    [Fact]
    public void ClassesAtTheEndsOfNamesAreTold()
    {
        Draw("IMG_0001.png", 28, 28, 50, 10, 20);
        Draw("IMG_0002.png", 28, 28, 90, 10, 20);
        Assert.Contains(Load().Guesses, guess => guess.Contains("the ends of their names", StringComparison.Ordinal));
    }

    [Fact]
    public void PhotosOfAnySizesAreScaledInColourAndClassesHaveTheirFoldersNames()
    {
        Draw("train/cats/a.jpg", 90, 60, 200, 100, 50, jpeg: true);
        Draw("train/cats/b.png", 56, 56, 200, 100, 50);
        Draw("train/dogs/a.png", 30, 200, 0, 0, 255);
        Draw("val/cats/a.png", 40, 40, 1, 2, 3);
        Draw("test/cats/a.png", 40, 40, 200, 100, 50);
        Draw("test/dogs/a.png", 40, 40, 0, 0, 255);
        var data = Load();
        Assert.Equal((3, 2, "28 × 28 in colour"), (data.Train.Count, data.Test!.Count, data.Shape.Size));
        Assert.Equal(["cats", "dogs"], data.Shape.ClassNames);
        Assert.Equal([0, 1, 0], data.Train.Labels.ToArray());
        // Two pixels of the picture to one of the image: the means are the colours themselves.
        Assert.Equal([100, 50, 25], data.Train.Image(2)[..3].ToArray());
        Assert.Equal([200, 100, 50], data.Train.Image(2)[(27 * 3)..(28 * 3)].ToArray());
        Assert.Contains(data.Guesses, guess => guess.Contains("LoadOptions.Size = ", StringComparison.Ordinal));
        Assert.Contains(data.Guesses,
            guess => guess.Contains("LoadOptions.IsColour = false", StringComparison.Ordinal));
        Assert.Contains("val is left out", Assert.Single(data.LeftOut), StringComparison.Ordinal);

        var said = Load(options: new ReadAs { Size = (10, 6), IsColour = false });
        Assert.Equal((10, 6, 1), (said.Shape.Width, said.Shape.Height, said.Shape.Channels));
        Assert.DoesNotContain(said.Guesses, guess => guess.Contains("scaled", StringComparison.Ordinal));
        // A network's images are made for it.
        Assert.Equal(32, Load(shape: new DataShape(32, 32, 3, ["cats", "dogs"])).Shape.Width);
    }

    [Fact]
    public void SmallPicturesOfOneSizeAreTakenAsTheyAre()
    {
        Draw("a/1.png", 12, 9, 80, 80, 80);
        Draw("b/2.png", 12, 9, 180, 180, 180);
        var data = Load();
        Assert.Equal((12, 9, 1), (data.Shape.Width, data.Shape.Height, data.Shape.Channels));
        Assert.Equal((40, 80, 90, 180), (data.Train.Image(0)[0], data.Train.Image(0)[11], data.Train.Image(1)[0],
            data.Train.Image(1)[11]));
    }

    [Fact]
    public void AListOfFilesAndLabelsIsFollowedAndItsFaultsAreNamed()
    {
        Draw("pictures/1.png", 8, 8, 10, 10, 10);
        Draw("pictures/2.png", 8, 8, 200, 200, 200);
        File.WriteAllText(scratch.File("list.csv"), "file,label\npictures/1.png,night\npictures/2.png,\"day\"\n");
        var data = Load("list.csv");
        Assert.Equal(["day", "night"], data.Shape.ClassNames);
        Assert.Equal([1, 0], data.Train.Labels.ToArray());
        File.AppendAllText(scratch.File("list.csv"), "pictures/3.png,day\n");
        Refused.With(() => Load("list.csv"), "line 4", "pictures/3.png");
    }

    [Fact]
    public void NamesThatEndInTheClassWillDoWithoutFolders()
    {
        Draw("train/0_7.png", 28, 28, 0, 0, 0);
        Draw("train/1_0.png", 28, 28, 0, 0, 0);
        Refused.With(() => Load(), "A folder is missing", "no folder 1");
        for (var k = 1; k < 7; k++)
        {
            Draw($"train/{k + 1}_{k}.png", 28, 28, 0, 0, 0);
        }

        Draw("test/0_0.png", 28, 28, 0, 0, 0);
        Draw("test/1_2.png", 28, 28, 0, 0, 0);
        var data = Load();
        Assert.Equal((8, 8), (data.Train.Count, data.Shape.Classes));
        Assert.Contains("it has no folder 1", Assert.Single(data.LeftOut), StringComparison.Ordinal);
    }

    [Fact]
    public void OneFolderAndTestClassesThatTrainingLacksAreRefused()
    {
        Draw("train/a/1.png", 8, 8, 1, 1, 1);
        Refused.With(() => Load(), "no number of classes", "1");
        Draw("train/b/1.png", 8, 8, 1, 1, 1);
        foreach (var name in (string[])["a", "b", "c"])
        {
            Draw($"test/{name}/1.png", 8, 8, 1, 1, 1);
        }

        Refused.With(() => Load(), "a class that no training image has", "c");
    }

    [Fact]
    public void APictureIsScaledByTheMeansOfWhatItsPixelsCover()
    {
        // Three pixels in a row become two: the middle one is shared.
        using var file = new MemoryStream();
        new ImageWriter().WritePng([0, 90, 180], 3, 1, ColorComponents.Grey, file);
        var shape = new DataShape(2, 1, 1, DataShape.Numbers(2));
        Assert.Equal([30, 150], SmallPicture.Decode(file.ToArray(), "three", shape,
            cancel: TestContext.Current.CancellationToken));
    }
}
