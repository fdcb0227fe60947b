using System.IO.Compression;
using System.Security.Cryptography;
using MnistGpu.Data;
using MnistGpu.Data.Sources;
using MnistGpu.Tests.Data.Formats;
using MnistGpu.Tests.Support;

namespace MnistGpu.Tests.Data.Sources;

/// <summary>Data sets that come in one archive with others: EMNIST's.</summary>
public sealed class ArchiveTests : IDisposable
{
    private const int Side = 28;

    private readonly TemporaryFolder scratch = new();
    private readonly byte[] zip;

    public ArchiveTests()
    {
        using var file = new MemoryStream();
        using (var archive = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true))
        {
            SmallFiles.Add(archive, "gzip/readme.txt", [1, 2, 3]);
            // The first images that are not digits have one bright pixel in the first row, on their side.
            Add(archive, "letters", [1, 2, 26]);
            Add(archive, "digits", [0, 1, 9]);
        }

        zip = file.ToArray();
    }

    public void Dispose() => scratch.Dispose();

    private static void Add(ZipArchive archive, string set, byte[] labels)
    {
        var pixels = new byte[labels.Length * Side * Side];
        pixels[5] = 200;
        foreach (var part in (string[])["train", "test"])
        {
            SmallFiles.Add(archive, $"gzip/emnist-{set}-{part}-images-idx3-ubyte.gz",
                SmallFiles.Idx([labels.Length, Side, Side], pixels));
            SmallFiles.Add(archive, $"gzip/emnist-{set}-{part}-labels-idx1-ubyte.gz",
                SmallFiles.Idx([labels.Length], labels));
        }
    }

    /// <summary>The data set of this name, its archive the one made here.</summary>
    private DataManifest Small(string word, string mirror) => DataManifest.Named(word)! is var known ? known with
    {
        Mirrors = [mirror],
        Archive = known.Archive! with { Bytes = zip.Length, Sha256 = Convert.ToHexString(SHA256.HashData(zip)) },
    } : null!;

    private DigitData Load(string word, string mirror) => DataSource.Load(word, new DataRequest(),
        new DataPlaces(null, "", scratch.File("cache"), null)
        {
            FetchSet = (known, folder, request, cancel) =>
                Downloader.Fetch(Small(known.Word, mirror), folder, request, cancel),
        }, TestContext.Current.CancellationToken);

    [Fact]
    public void TheArchiveIsFetchedOnceForAllItsSets()
    {
        using var mirror = new LocalMirror(context => LocalMirror.Send(context, zip));
        var letters = Load("emnist-letters", mirror.Address);
        Assert.Equal((3, 3, 26), (letters.Train.Count, letters.Test!.Count, letters.Shape.Classes));
        Assert.Equal((byte[])[0, 1, 25], letters.Train.Labels.ToArray());
        Assert.Equal("A", letters.Shape.ClassNames[0]);
        // Turned: the sixth pixel of the first row is the first of the sixth row.
        Assert.Equal((0, 200), (letters.Train.Image(0)[5], letters.Train.Image(0)[5 * Side]));
        var digits = Load("emnist-digits", mirror.Address);
        Assert.Equal(["0", "1", "2"], digits.Shape.ClassNames[..3]);
        Load("emnist-letters", mirror.Address);
        Assert.Equal(["gzip.zip"], mirror.Requests);
        Assert.Equal(zip, File.ReadAllBytes(scratch.File("cache/emnist.zip")));
    }

    [Fact]
    public void AnArchiveThatIsGoneIsNotMissedOnceTheFilesAreThere()
    {
        using var mirror = new LocalMirror(context => LocalMirror.Send(context, zip));
        Load("emnist-letters", mirror.Address);
        File.Delete(scratch.File("cache/emnist.zip"));
        Downloader.Fetch(Small("emnist-letters", mirror.Address), scratch.File("cache/emnist-letters"),
            new DataRequest(), TestContext.Current.CancellationToken);
        Assert.Single(mirror.Requests);
    }

    [Fact]
    public void ABrokenDownloadGoesOnAndADamagedArchiveIsFetchedAgain()
    {
        using var first = new LocalMirror(context => LocalMirror.SendPart(context, zip, 100));
        Refused.With(() => Load("emnist-digits", first.Address), "gzip.zip", "EMNIST digits");
        using var second = new LocalMirror(context => LocalMirror.Send(context, zip));
        Load("emnist-digits", second.Address);
        Assert.StartsWith("gzip.zip bytes=", Assert.Single(second.Requests), StringComparison.Ordinal);
        var said = new List<string>();
        scratch.Write("cache/emnist.zip", [.. zip[..^1], 77]);
        Downloader.Fetch(Small("emnist-letters", second.Address), scratch.File("cache/emnist-letters"),
            new DataRequest { Say = said.Add }, TestContext.Current.CancellationToken);
        Assert.Equal(2, second.Requests.Length);
        Assert.Contains("will be replaced: the SHA-256 is", said[0], StringComparison.Ordinal);
        Assert.Contains("emnist.zip", said[0], StringComparison.Ordinal);
    }

    [Fact]
    public void AFileThatCannotBeWrittenIsNoFaultOfTheArchive()
    {
        scratch.Write("cache/emnist.zip", zip);
        // A folder in the way of a file.
        var way = scratch.File("cache/emnist-letters/emnist-letters-test-labels-idx1-ubyte.gz");
        Directory.CreateDirectory(way);
        Refused.With(() => Downloader.Fetch(Small("emnist-letters", "http://localhost/"),
            scratch.File("cache/emnist-letters"), new DataRequest(), TestContext.Current.CancellationToken), way);
    }

    [Fact]
    public void OtherBytesAreRefusedAndSoIsAnArchiveWithoutTheSet()
    {
        using var other = new LocalMirror(context => LocalMirror.Send(context, [.. zip[..^1], 77]));
        Refused.With(() => Load("emnist-digits", other.Address), "its SHA-256 is wrong", "gzip.zip");
        Assert.False(File.Exists(scratch.File("cache/emnist.zip")));
        using var mirror = new LocalMirror(context => LocalMirror.Send(context, zip));
        Refused.With(() => Load("emnist-byclass", mirror.Address), "not in its archive",
            "emnist-byclass-train-images-idx3-ubyte.gz");
    }

    [Fact]
    public void WithoutANetworkTheArchiveInTheCacheIsLookedAt()
    {
        void Offline() => DataSource.Load("emnist-digits", new DataRequest(),
            new DataPlaces(null, "", scratch.File("cache"), null), TestContext.Current.CancellationToken);
        Refused.With(Offline, "MNISTGPU_OFFLINE is set", "EMNIST/gzip.zip", "emnist-digits-train-images-idx3-ubyte.gz");
        scratch.Write("cache/emnist.zip", zip);
        Refused.With(Offline, $"the size is {zip.Length:N0} bytes, not 561,753,746", "emnist.zip");
    }

    [Fact]
    public void TheManifestsArchivesAreWhole()
    {
        var sets = DataManifest.All.Where(known => known.Archive is not null).ToArray();
        Assert.Equal(4, sets.Length);
        Assert.All(sets, known =>
        {
            Assert.Equal(561_753_746, known.Archive!.Bytes);
            Assert.Equal(64, known.Archive.Sha256.Length);
            Assert.Equal(4, known.Files.Count);
            Assert.All(known.Files, file => Assert.StartsWith(known.Word, file.Name, StringComparison.Ordinal));
        });
    }
}
