using System.IO.Compression;
using System.Text;
using MnistGpu.Data;
using MnistGpu.Data.Formats;
using MnistGpu.Data.Sources;
using MnistGpu.Tests.Support;

using static MnistGpu.Tests.Data.Formats.SmallFiles;

namespace MnistGpu.Tests.Data.Formats;

/// <summary>
/// Data sets under the names and in the layouts that they are published in: the pixels' and labels' hashes were
/// computed by another program.
/// </summary>
public sealed class PublishedFilesTests : IDisposable
{
    // Of MNIST's first 30 and 12 training images and first 10 test images, and of their labels.
    private const string Thirty = "8971267dde1956c697e186855179130e8b7b8d20fd51d600d98aa7f4141a6ada";
    private const string ThirtyLabels = "d7868301eb124cc02eef894c29be8ba7564798f3fe6e8b3b2e4dbc7701964524";
    private const string Twelve = "819a298ea8ab213799eb695a22262200b2ada17dec54f353753e8885a3d2f2c1";
    private const string TwelveLabels = "52ed052a9f9ace90fca6766ad033d6dcb1ff1d6f9928e5e4be054f1d748e7fed";
    private const string Ten = "a201ee66d387e0014729ca573c548b4ae30d45adfe65ca35986e1abd44fc6c4e";
    private const string TenLabels = "d039eb0f6a2ba4371c70deec28502e69b75bd41c14d0be7997963c161fb15065";

    private readonly TemporaryFolder scratch = new();

    public void Dispose() => scratch.Dispose();

    private static string Files(string name) =>
        Path.Combine(SourceTree.Root, "tests", "MnistGpu.Tests", "Data", "Formats", "files", name);

    private static DigitData Load(string path, ReadAs? options = null) => DataSource.Load(path,
        new DataRequest { ReadAs = options ?? ReadAs.Guessed }, TestContext.Current.CancellationToken);

    private static string Hash(ReadOnlyMemory<byte> bytes) =>
        Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes.Span));

    private static void IsFirst(DigitData data, int count)
    {
        Assert.Equal(count, data.Train.Count);
        Assert.Equal(DataShape.Numbers(10).AsEnumerable(), data.Shape.ClassNames);
        Assert.Equal(count == 30 ? (Thirty, ThirtyLabels) : (Twelve, TwelveLabels),
            (Hash(data.Train.X), Hash(data.Train.Labels)));
    }

    private static void IsFirstTen(DigitSet? test) =>
        Assert.Equal((Ten, TenLabels), (Hash(test!.X), Hash(test.Labels)));

    [Fact]
    public void QmnistHasItsClassInTheFirstOfEightColumns()
    {
        var data = Load(Files("qmnist"));
        IsFirst(data, 30);
        IsFirstTen(data.Test);
        Assert.Equal((0, 0), (data.Guesses.Count, data.LeftOut.Count));
    }

    [Fact]
    public void KuzushijiMnistHasAFileForEachArray()
    {
        var data = Load(Files("kmnist"));
        Assert.Equal((Thirty, ThirtyLabels), (Hash(data.Train.X), Hash(data.Train.Labels)));
        IsFirstTen(data.Test);
        Assert.Equal("お", data.Shape.ClassNames[0]);
    }

    [Theory]
    [InlineData(false, "b3c8be3e8b6ae53f9b8fc5106affda86cbf4cf2a03c996cd5139659c867f7183",
        "dc63c40ca2bde86ae78b995a75a933c82098fe89eb1ae51e56fe1cf48f8650e2")]
    [InlineData(true, null, null)]
    public void EmnistsLettersAreTwentySixClassesAndTurnedUpright(bool turned, string? train, string? test)
    {
        var data = Load(Files("letters"), turned ? null : new ReadAs { Transpose = false });
        Assert.Equal((78, 26, 26), (data.Train.Count, data.Test!.Count, data.Shape.Classes));
        Assert.Equal(("A", "Z"), (data.Train.ClassOf(0), data.Train.ClassOf(25)));
        byte[] FromOne(DigitSet set) => Array.ConvertAll(set.Labels.ToArray(), label => (byte)(label + 1));
        Assert.Equal(("59b57dd34e53e3c6229679686d2e683e33c679c41bae0c298fb3ade77baf0b34",
            "73853e02c42141528151cc9d5c125e6d6e7b4f0176fc537271ed9da1724c60c8"),
            (Hash(FromOne(data.Train)), Hash(FromOne(data.Test))));
        if (!turned)
        {
            Assert.Equal((train, test), (Hash(data.Train.X), Hash(data.Test.X)));
            return;
        }

        Assert.Contains(data.Guesses,
            guess => guess.Contains("LoadOptions.Transpose = false", StringComparison.Ordinal));
        var lying = Load(Files("letters"), new ReadAs { Transpose = false }).Train;
        Assert.All(Enumerable.Range(0, 784), i =>
            Assert.Equal(lying.Image(3)[i % 28 * 28 + i / 28], data.Train.Image(3)[i]));
    }

    [Theory]
    [InlineData("MNIST/raw/train-images-idx3-ubyte", "MNIST/raw/train-labels-idx1-ubyte",
        "MNIST/raw/t10k-images-idx3-ubyte", "MNIST/raw/t10k-labels-idx1-ubyte")]
    [InlineData("train-images-idx3-ubyte/train-images.idx3-ubyte", "train-labels-idx1-ubyte/train-labels.idx1-ubyte",
        "t10k-images-idx3-ubyte/t10k-images.idx3-ubyte", "t10k-labels-idx1-ubyte/t10k-labels.idx1-ubyte")]
    [InlineData("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz", "test-images-idx3-ubyte.gz",
        "test-labels-idx1-ubyte.gz")]
    [InlineData("digits-mine-train-images-idx3-ubyte", "digits-mine-train-labels-idx1-ubyte",
        "digits-mine-test-images-idx3-ubyte", "digits-mine-test-labels-idx1-ubyte")]
    public void IdxFilesAreFoundUnderAnyOfTheirNames(params string[] names)
    {
        byte[][] files =
        [
            Idx([30, 28, 28], RecordedRun.X.AsSpan(0, 30 * 784)), Idx([30], RecordedRun.Labels.AsSpan(0, 30)),
            Idx([10, 28, 28], RecordedRun.X.AsSpan(0, 10 * 784)), Idx([10], RecordedRun.Labels.AsSpan(0, 10)),
        ];
        for (var i = 0; i < 4; i++)
        {
            scratch.Write(names[i], files[i]);
            if (i == 0 && names[0].StartsWith("MNIST", StringComparison.Ordinal))
            {
                // torchvision leaves the packed file beside the unpacked one.
                scratch.Write($"{names[0]}.gz", files[0]);
            }
        }

        var data = Load(scratch.Path);
        IsFirst(data, 30);
        Assert.Equal(data.Train.Slice(0, 10).X.ToArray(), data.Test!.X.ToArray());
        if (Path.GetDirectoryName(names[0]) == Path.GetDirectoryName(names[1]))
        {
            // One of the files stands for all.
            IsFirst(Load(scratch.File(names[0])), 30);
        }
    }

    [Fact]
    public void AZipFileStandsForWhatIsInIt()
    {
        IsFirst(Load(Files("train.csv.zip")), 30);
        var zip = scratch.File("gzip.zip");
        using (var archive = ZipFile.Open(zip, ZipArchiveMode.Create))
        {
            Add(archive, "gzip/emnist-digits-train-images-idx3-ubyte.gz", Idx([30, 28, 28],
                RecordedRun.X.AsSpan(0, 30 * 784)));
            Add(archive, "gzip/emnist-digits-train-labels-idx1-ubyte.gz", Idx([30], RecordedRun.Labels.AsSpan(0, 30)));
        }

        IsFirst(Load(zip, new ReadAs { Transpose = false }), 30);
    }

    [Theory]
    [InlineData("x_train", "y_train", "x_test", "y_test", "|u1", "<i8", false)]
    [InlineData("train_images", "train_labels", "test_images", "test_labels", "|u1", "|u1", true)]
    [InlineData("x_train", "y_train", "x_test", "y_test", "<f4", ">i4", false)]
    public void KerassAndMedMnistsNamesAreUnderstoodWithBytesAndFloats(string x, string y, string xTest, string yTest,
        string pixels, string labels, bool column)
    {
        var zip = scratch.File("mnist.npz");
        using (var archive = ZipFile.Open(zip, ZipArchiveMode.Create))
        {
            Add(archive, $"{x}.npy", Npy(pixels, [30, 28, 28], RecordedRun.X.AsSpan(0, 30 * 784)));
            Add(archive, $"{y}.npy", Npy(labels, column ? [30, 1] : [30], RecordedRun.Labels.AsSpan(0, 30)));
            Add(archive, $"{xTest}.npy", Npy(pixels, [12, 28, 28], RecordedRun.X.AsSpan(0, 12 * 784)));
            Add(archive, $"{yTest}.npy", Npy(labels, column ? [12, 1] : [12], RecordedRun.Labels.AsSpan(0, 12)));
        }

        var data = Load(zip);
        IsFirst(data, 30);
        Assert.Equal((Twelve, TwelveLabels), (Hash(data.Test!.X), Hash(data.Test.Labels)));
    }

    [Fact]
    public void APairOfNpyFilesMayHaveOneHotLabels()
    {
        scratch.Write("train_images.npy", Npy("|u1", [12, 28, 28, 1], RecordedRun.X.AsSpan(0, 12 * 784)));
        var hot = new byte[120];
        for (var j = 0; j < 12; j++)
        {
            hot[10 * j + RecordedRun.Labels[j]] = 1;
        }

        scratch.Write("train_labels.npy", Npy("<f4", [12, 10], hot));
        IsFirst(Load(scratch.Path), 12);
        hot[5] ^= 1;
        scratch.Write("train_labels.npy", Npy("<f4", [12, 10], hot));
        Refused.With(() => Load(scratch.Path), "no single numbers", "row 0", "a single 1 in each row");
    }

    public static TheoryData<string, Func<int, string>> Tables => new()
    {
        { Header("label", i => $"pixel{i}"), j => Row(j, ",", p => $"{p}") },
        { Header("label", i => $"{i / 28 + 1}x{i % 28 + 1}"), j => Row(j, ",", p => $"{p}") },
        { Header("LABEL", i => $"PIXEL{i}"), j => Row(j, ",", p => $"{p}") },
        { "", j => Row(j, ",", p => $"{p}") },
        { Header("label", i => $"pixel{i + 1}"), j => Row(j, ",", p => $"{p}.0") },
        { Header("label", i => $"pixel{i}"), j => Row(j, ",", p => $"{p / 255m}") },
        { Header("label", i => $"pixel{i}").Replace(',', ';'), j => Row(j, ";", p => $"{p}") },
        { Header("label", i => $"pixel{i}").Replace(',', ';'), j => Row(j, ";", p => $"{p / 255.0:0.000000}")
            .Replace('.', ',') },
        { Header("label", i => $"pixel{i}").Replace(',', '\t'), j => Row(j, "\t", p => $"{p}") },
        { "", j => Row(j, "   ", p => $"{p}") },
        { Quoted(Header("label", i => $"pixel{i}")), j => Quoted(Row(j, ",", p => $"{p}")) },
        { "\uFEFF," + Header("label", i => $"pixel{i}"), j => $"{j}," + Row(j, ",", p => $"{p}") },
        { Header("pixel1", i => i == 783 ? "class" : $"pixel{i + 2}"), j => Last(Row(j, ",", p => $"{p}")) },
        { Header("label", i => $"pixel{783 - i}"), j => Mirrored(Row(j, ",", p => $"{p}")) },
    };

    [Theory]
    [MemberData(nameof(Tables))]
    public void ATableIsReadInAnyOfTheFormsInUse(string header, Func<int, string> row)
    {
        var lines = Enumerable.Range(0, 12).Select(row);
        var text = string.Join("\n", header.Length > 0 ? lines.Prepend(header) : lines);
        IsFirst(Load(scratch.Write("some.csv", Encoding.UTF8.GetBytes(text))), 12);
        IsFirst(Load(scratch.Write("some.csv.gz", Pack(Encoding.UTF8.GetBytes($"{text}\n")))), 12);
        // Old Macs end lines so.
        IsFirst(Load(scratch.Write("other.csv", Encoding.UTF8.GetBytes(text.Replace('\n', '\r')))), 12);
    }

    [Fact]
    public void MatlabsArraysRunDownTheirColumns()
    {
        var data = Load(Files("mnist-original.mat"));
        IsFirst(data, 30);
        Assert.Contains("array 'data', the labels 'label'", Assert.Single(data.Guesses), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mnist-7.3.mat", 20, "the rows of its array 'X', the labels 'y'")]
    [InlineData("columns-7.3.mat", 8, "the columns of its array 'images', the labels 'labels'")]
    public void MatlabsNewerFilesAreHdf(string name, int count, string says)
    {
        var data = Load(Files(name));
        Assert.Equal(RecordedRun.Labels[..count], data.Train.Labels.ToArray());
        Assert.Equal(RecordedRun.X[..(count * 784)], data.Train.X.ToArray());
        Assert.Contains(data.Guesses, guess => guess.Contains(says, StringComparison.Ordinal));
        var few = DataSource.Load(Files(name), new DataRequest { Limit = 3 }, TestContext.Current.CancellationToken);
        Assert.Equal((3, count), (few.Train.Count, few.AllLabels.Length));
        Assert.Equal(data.Train.X[..few.Train.X.Length].ToArray(), few.Train.X.ToArray());
        var bytes = File.ReadAllBytes(Files(name));
        foreach (var length in (int[])[20, 512, 600, bytes.Length / 2])
        {
            Refused.With(() => Load(scratch.Write("cut.mat", bytes[..length])), "This MATLAB file cannot be read",
                "cut.mat");
        }
    }

    [Fact]
    public void ArffIsReadAsOpenMlWritesIt()
    {
        var attributes = Enumerable.Range(0, 784).Select(i => $"@ATTRIBUTE pixel{i + 1} REAL");
        var lines = Enumerable.Range(0, 12).Select(j => Last(Row(j, ",", p => $"{p}")));
        var path = scratch.Write("mnist_784.arff", Encoding.ASCII.GetBytes(string.Join('\n', ["% from OpenML",
            "@RELATION mnist_784", "", .. attributes, "@ATTRIBUTE class {0,1,2,3,4,5,6,7,8,9}", "", "@DATA",
            .. lines])));
        IsFirst(Load(path), 12);
        File.WriteAllText(path, "@relation a\n@attribute b real\n@data\n{1 2}\n");
        Refused.With(() => Load(path), "line 3", "sparse");
    }

    [Fact]
    public void CifarsPlanesBecomePixelsInColour()
    {
        var record = new byte[3073];
        (record[0], record[1], record[1 + 1024], record[1 + 2 * 1024], record[2]) = (7, 10, 20, 30, 11);
        scratch.Write("data_batch_1.bin", record);
        scratch.Write("data_batch_2.bin", [.. record, .. record]);
        record[0] = 3;
        scratch.Write("test_batch.bin", record);
        var data = Load(scratch.Path);
        Assert.Equal((3, 1, "32 × 32 in colour"), (data.Train.Count, data.Test!.Count, data.Shape.Size));
        Assert.Equal([10, 20, 30, 11], data.Train.Image(2)[..4].ToArray());
        Assert.Equal("7", data.Train.ClassOf(0));
        scratch.Write("data_batch_2.bin", record[..^1]);
        Refused.With(() => Load(scratch.Path), "3,073", "3,072");
    }

    [Theory]
    [InlineData("mnist_train.csv", "mnist_test.csv")]
    [InlineData("train.csv", "test.csv")]
    public void ATestTableBesideATrainingTableIsUsed(string train, string test)
    {
        scratch.Write(train, Table(12));
        scratch.Write(test, Table(7));
        scratch.Write("sample_submission.csv", "ImageId,Label\n1,0\n"u8.ToArray());
        var data = Load(scratch.Path);
        IsFirst(data, 12);
        Assert.Equal(7, data.Test!.Count);
    }
}
