using System.IO.Compression;
using System.Text;
using MnistGpu.Data;
using MnistGpu.Data.Formats;
using MnistGpu.Data.Sources;
using MnistGpu.Tests.Support;

namespace MnistGpu.Tests.Data.Formats;

/// <summary>Files that are nearly right: each is refused with what and where, or taken and told.</summary>
public sealed class NearlyRightTests : IDisposable
{
    private readonly TemporaryFolder scratch = new();

    public void Dispose() => scratch.Dispose();

    private DigitData Load(string path = ".", ReadAs? options = null) => DataSource.Load(scratch.File(path),
        new DataRequest { ReadAs = options ?? ReadAs.Guessed }, TestContext.Current.CancellationToken);

    private DigitData Csv(string text, ReadAs? options = null)
    {
        scratch.Write("a.csv", Encoding.UTF8.GetBytes(text));
        return Load("a.csv", options);
    }

    [Fact]
    public void NumbersOfAnotherRangeAreSpreadAndTold()
    {
        // As scikit-learn's digits are: 0 to 16, the label last.
        var digits = Csv("0,4,8,16,3\n0,0,1,2,7\n");
        Assert.Equal([0, 64, 128, 255], digits.Train.Image(0).ToArray());
        Assert.Contains(digits.Guesses, guess => guess.Contains("from 0 to 16", StringComparison.Ordinal));
        Assert.Contains(digits.Guesses, guess => guess.Contains("the last column", StringComparison.Ordinal));
        Assert.Equal([0, 4, 8, 16], Csv("0,4,8,16,3\n0,0,1,2,7\n", new ReadAs { Range = (0, 255) }).Train.Image(0)
            .ToArray());
        // As the digits of a famous course are: about −0.13 to 1.13.
        var course = Csv("5,-0.13,0,0.5,1.12\n6,0,0,0,0\n");
        Assert.Equal([0, 27, 129, 255], course.Train.Image(0).ToArray());
        Assert.Contains(course.Guesses, guess => guess.Contains("LoadOptions.Range", StringComparison.Ordinal));
        Refused.With(() => Csv("5,-0.13,0,0.5,1.12\n", new ReadAs { Range = (0, 1) }), "line 1, column 2",
            "from 0 to 1");
        Refused.With(() => Csv("5,nan,0,0.5,1\n"), "line 1, column 2", "finite");
    }

    [Fact]
    public void TheGuessedColumnOfLabelsCanBeOverruled()
    {
        const string Text = "1,2,3,4,9\n9,2,3,4,1\n";
        Assert.Equal("1", Csv(Text).Train.ClassOf(0));
        Assert.Equal("9", Csv(Text, new ReadAs { Label = "last" }).Train.ClassOf(0));
        Refused.With(() => Csv(Text, new ReadAs { Label = "colour" }), "no such column", "1 to 5");
        Refused.With(() => Csv(Text, new ReadAs { Label = "none", Size = (5, 1) }), "no labels");
    }

    [Fact]
    public void WidthAndHeightThatNothingSaysAreAskedFor()
    {
        Refused.With(() => Csv("label,p0,p1,p2,p3,p4,p5\n0,1,2,3,4,5,6\n"), "LoadOptions.Size = (WIDTH, HEIGHT)", "6");
        Assert.Equal(3, Csv("label,p0,p1,p2,p3,p4,p5\n0,1,2,3,4,5,6\n1,1,2,3,4,5,6\n",
            new ReadAs { Size = (3, 2) }).Shape.Width);
    }

    [Fact]
    public void PicklesAreRefusedUnread()
    {
        var header = "{'descr': '|O', 'fortran_order': False, 'shape': (2,), }\n";
        scratch.Write("train_labels.npy", [0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0,
            .. Encoding.ASCII.GetBytes(header), 0x80, 4]);
        scratch.Write("train_images.npy", SmallFiles.Npy("|u1", [2, 2, 2], new byte[8]));
        Refused.With(() => Load(), "pickle", "train_labels.npy");
    }

    [Fact]
    public void AZipFileThatUnpacksToFarMoreThanItSaysTakesNoMemory()
    {
        using (var archive = ZipFile.Open(scratch.File("bomb.npz"), ZipArchiveMode.Create))
        {
            using (var entry = archive.CreateEntry("x_train.npy").Open())
            {
                // The header promises a gigabyte; a few kilobytes come.
                var header = "{'descr': '|u1', 'fortran_order': False, 'shape': (1000000, 32, 32), }\n";
                entry.Write([0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0, .. Encoding.ASCII.GetBytes(header),
                    .. new byte[5000]]);
            }

            using (var labels = archive.CreateEntry("y_train.npy").Open())
            {
                labels.Write(SmallFiles.Npy("|u1", [2], [0, 1]));
            }
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        Refused.With(() => Load("bomb.npz"), "x_train.npy", "more than the file can hold");
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 8 << 20);
    }

    [Fact]
    public void SetsThatDoNotFitEachOtherAreNamed()
    {
        scratch.Write("x_train.npy", SmallFiles.Npy("|u1", [2, 2, 2], new byte[8]));
        scratch.Write("y_train.npy", SmallFiles.Npy("|u1", [2], [0, 1]));
        scratch.Write("x_test.npy", SmallFiles.Npy("|u1", [1, 3, 3], new byte[9]));
        scratch.Write("y_test.npy", SmallFiles.Npy("|u1", [1], [0]));
        Refused.With(() => Load(), "different sizes", "2 × 2", "3 × 3");
        scratch.Write("y_train.npy", SmallFiles.Npy("|u1", [3], [0, 1, 2]));
        Refused.With(() => Load(), "2 images and 3 labels");
        scratch.Write("x_test.npy", SmallFiles.Npy("|u1", [1, 2, 2], new byte[4]));
        scratch.Write("y_train.npy", SmallFiles.Npy("|u1", [2], [0, 1]));
        scratch.Write("y_test.npy", SmallFiles.Npy("|u1", [1], [2]));
        Assert.Contains(Load().Guesses, guess => guess.Contains("of the class 2", StringComparison.Ordinal));
    }

    [Fact]
    public void ANameThatIsTooLongForAClassIsRefused()
    {
        var name = new string('n', 101);
        Refused.With(() => Csv($"label,p0,p1,p2,p3\ncat,1,2,3,4\n{name},5,6,7,8\n"), "no name for a class", "100");
        Assert.Equal(name[1..], Csv($"label,p0,p1,p2,p3\ncat,1,2,3,4\n{name[1..]},5,6,7,8\n").Shape.ClassNames[1]);
    }

    [Fact]
    public void TwoDataSetsInOneFolderAreNotMixed()
    {
        foreach (var set in (string[])["emnist-digits", "emnist-mnist"])
        {
            scratch.Write($"{set}-train-images-idx3-ubyte", SmallFiles.Idx([2, 2, 2], new byte[8]));
            scratch.Write($"{set}-train-labels-idx1-ubyte", SmallFiles.Idx([2], [0, 1]));
        }

        Refused.With(() => Load(), "more than one data set", "emnist-digits, emnist-mnist");
        Assert.Equal(2, Load("emnist-mnist-train-images-idx3-ubyte").Train.Count);
    }

    [Fact]
    public void NamesOfClassesBesideLabelsAreTakenAndWrongOnesRefused()
    {
        scratch.Write("train-images-idx3-ubyte", SmallFiles.Idx([2, 2, 2], new byte[8]));
        scratch.Write("train-labels-idx1-ubyte", SmallFiles.Idx([2], [0, 1]));
        File.WriteAllText(scratch.File("classes.txt"), "left\r\nright\r\n");
        Assert.Equal(["left", "right"], Load().Shape.ClassNames);
        File.WriteAllText(scratch.File("classes.txt"), "left\n");
        Assert.Contains("names for 1 classes", Assert.Single(Load().Guesses), StringComparison.Ordinal);
        File.WriteAllText(scratch.File("classes.txt"), "left\nleft\n");
        Refused.With(() => Load(), "classes.txt", "two classes of one name");
    }

    [Fact]
    public void WhatIsImportedIsReadBackWithItsNames()
    {
        Csv("label,p0,p1,p2,p3\ncat,1,2,3,200\ndog,5,6,7,8\n");
        var run = ProgramRun.Run(scratch, "data", "import", "a.csv", "out", "--json");
        Assert.True(run.ExitCode == 0, run.Error);
        var (before, after) = (Load("a.csv"), Load("out"));
        Assert.Equal(before.Train.X.ToArray(), after.Train.X.ToArray());
        Assert.Equal(["cat", "dog"], after.Shape.ClassNames);
        Assert.True(File.Exists(scratch.File("out/sheet.png")));
        Assert.Equal(2, ProgramRun.Run(scratch, "data", "import", "a.csv", "out").ExitCode);
    }

    [Fact]
    public void DuplicatesAndPolarityAreSeen()
    {
        var shape = new DataShape(3, 3, 1, DataShape.Numbers(2));
        byte[] dark = [9, 9, 9, 9, 0, 9, 9, 9, 9], light = [0, 0, 0, 0, 9, 0, 0, 0, 0];
        var train = new DigitSet((byte[])[.. dark, .. light, .. dark], new byte[3], "train", shape);
        var test = new DigitSet((byte[])[.. light, .. light.Select(p => (byte)(p + 1))], new byte[2], "test", shape);
        Assert.Equal(new DataFacts(Dark: 2, Images: 3, Repeated: 1, Leaked: 1),
            DataFacts.Of(new DigitData(train, test, "", null)));
    }
}
