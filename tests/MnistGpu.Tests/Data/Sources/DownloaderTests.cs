using System.IO.Compression;
using System.Security.Cryptography;
using MnistGpu.Data.Formats;
using MnistGpu.Data.Sources;
using MnistGpu.Tests.Support;

namespace MnistGpu.Tests.Data.Sources;

public sealed class DownloaderTests : IDisposable
{
    private readonly TemporaryFolder _scratch = new();
    private readonly byte[] _packed;
    private readonly DataFile _file;

    public DownloaderTests()
    {
        var content = new byte[300_000];
        new Random(1).NextBytes(content);
        _packed = Pack(content);
        _file = new DataFile("digits", content.Length, Convert.ToHexStringLower(SHA256.HashData(content)));
    }

    public void Dispose() => _scratch.Dispose();

    private string Target => _scratch.File("digits.gz");

    private string Part => _scratch.File("digits.gz.part");

    private static byte[] Pack(byte[] content)
    {
        using var packed = new MemoryStream();
        using (var stream = new GZipStream(packed, CompressionLevel.Fastest))
        {
            stream.Write(content);
        }

        return packed.ToArray();
    }

    private void Fetch(params string[] mirrors) => Fetch(new DataRequest(), mirrors);

    private void Fetch(DataRequest request, params string[] mirrors) =>
        Downloader.Fetch(new DataManifest("Digits", mirrors, [_file]), _scratch.Path, request,
            TestContext.Current.CancellationToken);

    [Fact]
    public void AFileIsFetchedOnceWithItsProgress()
    {
        using var mirror = new LocalMirror(context => LocalMirror.Send(context, _packed));
        var progress = new List<DownloadProgress>();
        Fetch(new DataRequest { OnDownload = progress.Add }, mirror.Address);
        Fetch(mirror.Address);
        Assert.Equal(_packed, File.ReadAllBytes(Target));
        Assert.Equal(["digits.gz"], mirror.Requests);
        Assert.False(File.Exists(Part));
        Assert.Equal(new DownloadProgress("digits", 0, _packed.Length), progress[0]);
        Assert.Equal(new DownloadProgress("digits", _packed.Length, _packed.Length), progress[^1]);
        Assert.Equal(progress.OrderBy(p => p.Bytes), progress);
    }

    [Fact]
    public void ADamagedFileInPlaceIsFetchedAgain()
    {
        using var mirror = new LocalMirror(context => LocalMirror.Send(context, _packed));
        _scratch.Write("digits.gz", _packed[..1000]);
        Fetch(mirror.Address);
        Assert.Equal(_packed, File.ReadAllBytes(Target));
    }

    [Theory]
    [InlineData(403)]
    [InlineData(503)]
    [InlineData(404)]
    public void ARefusalLeadsToTheNextMirror(int status)
    {
        using var first = new LocalMirror(context => LocalMirror.Refuse(context, status));
        using var second = new LocalMirror(context => LocalMirror.Send(context, _packed));
        Fetch(first.Address, second.Address);
        Assert.Equal(_packed, File.ReadAllBytes(Target));
        Assert.Single(first.Requests);
    }

    [Fact]
    public void ASilentPortLeadsToTheNextMirror()
    {
        using var second = new LocalMirror(context => LocalMirror.Send(context, _packed));
        Fetch(LocalMirror.Nobody, second.Address);
        Assert.Equal(_packed, File.ReadAllBytes(Target));
    }

    [Fact]
    public void AnAnswerThatNeverComesLeadsToTheNextMirror()
    {
        using var first = new LocalMirror(_ => { });
        using var second = new LocalMirror(context => LocalMirror.Send(context, _packed));
        Fetch(first.Address, second.Address);
        Assert.Equal(_packed, File.ReadAllBytes(Target));
    }

    [Fact]
    public void OtherBytesAreNeverPutInPlace()
    {
        using var first = new LocalMirror(context => LocalMirror.Send(context, Pack(new byte[300_000])));
        using var second = new LocalMirror(context =>
            LocalMirror.Send(context, "<html>please log in</html>"u8.ToArray()));
        Refused.With(() => Fetch(first.Address, second.Address), "digits.gz", "SHA-256");
        Assert.Empty(Directory.GetFileSystemEntries(_scratch.Path));

        using var third = new LocalMirror(context => LocalMirror.Send(context, _packed));
        Fetch(first.Address, second.Address, third.Address);
        Assert.Equal(_packed, File.ReadAllBytes(Target));
    }

    [Fact]
    public void ABrokenDownloadGoesOnWhereItStopped()
    {
        using var first = new LocalMirror(context => LocalMirror.SendPart(context, _packed, 100_000));
        Refused.With(() => Fetch(first.Address), "digits.gz");
        var have = new FileInfo(Part).Length;
        Assert.InRange(have, 1, 100_000);
        Assert.False(File.Exists(Target));

        using var second = new LocalMirror(context => LocalMirror.Send(context, _packed));
        Fetch(second.Address);
        Assert.Equal([$"digits.gz bytes={have}-"], second.Requests);
        Assert.Equal(_packed, File.ReadAllBytes(Target));
        Assert.False(File.Exists(Part));
    }

    [Fact]
    public void AMirrorThatKnowsNoRangesSendsTheWhole()
    {
        using var mirror = new LocalMirror(context =>
        {
            context.Response.OutputStream.Write(_packed);
            context.Response.Close();
        });
        _scratch.Write("digits.gz.part", new byte[5000]);
        Fetch(mirror.Address);
        Assert.Equal(_packed, File.ReadAllBytes(Target));
    }

    [Theory]
    [InlineData(5000)]
    [InlineData(10_000_000)]
    public void ARestOfOtherBytesIsDroppedAndFetchedWhole(int bytes)
    {
        using var mirror = new LocalMirror(context => LocalMirror.Send(context, _packed));
        _scratch.Write("digits.gz.part", new byte[bytes]);
        Fetch(mirror.Address);
        Assert.Equal([$"digits.gz bytes={bytes}-", "digits.gz"], mirror.Requests);
        Assert.Equal(_packed, File.ReadAllBytes(Target));
    }

    [Fact]
    public void AStreamWithoutEndIsCutOff()
    {
        using var mirror = new LocalMirror(context =>
        {
            context.Response.SendChunked = true;
            try
            {
                while (true)
                {
                    context.Response.OutputStream.Write(new byte[1 << 16]);
                }
            }
            catch (Exception e) when (e is System.Net.HttpListenerException or IOException)
            {
                // The client has had enough, which is the point.
            }
        });
        Refused.With(() => Fetch(mirror.Address), "digits.gz");
        Assert.False(File.Exists(Target));
    }

    [Fact]
    public void CancellingKeepsWhatHasCome()
    {
        using var cancel = new CancellationTokenSource();
        using var mirror = new LocalMirror(context =>
        {
            context.Response.ContentLength64 = _packed.Length;
            context.Response.OutputStream.Write(_packed, 0, 100_000);
            context.Response.OutputStream.Flush();
        });
        var request = new DataRequest
        {
            OnDownload = p =>
            {
                if (p.Bytes > 50_000)
                {
                    cancel.Cancel();
                }
            },
        };
        Assert.ThrowsAny<OperationCanceledException>(() =>
            Downloader.Fetch(new DataManifest("Digits", [mirror.Address], [_file]), _scratch.Path, request,
                cancel.Token));
        Assert.True(new FileInfo(Part).Length > 0);
    }

    [Fact]
    public void AFolderThatCannotBeIsNamed()
    {
        var path = Path.Combine(_scratch.Write("file", [1]), "below");
        Refused.With(() => Downloader.Fetch(new DataManifest("Digits", [], [_file]), path, new DataRequest(),
            TestContext.Current.CancellationToken),
            "cannot be kept", path);
    }

    [Fact]
    public void TheManifestNamesMnistsFourFiles()
    {
        var manifest = DataManifest.Mnist;
        Assert.Equal(4, manifest.Files.Count);
        Assert.Equal(2, manifest.Mirrors.Count);
        Assert.All(manifest.Mirrors, mirror =>
            Assert.True(mirror.StartsWith("https://", StringComparison.Ordinal) && mirror.EndsWith('/')));
        Assert.All(manifest.Files, file => Assert.Equal(64, file.Sha256!.Length));
        Assert.Equal(["mnist", "fashion-mnist", "kmnist", "qmnist", "emnist-digits", "emnist-letters",
            "emnist-balanced", "emnist-byclass"], DataManifest.All.Select(known => known.Word));
        Assert.All(DataManifest.All, known => Assert.NotEmpty(known.Published));
        Assert.All(DataManifest.All.SelectMany(known => known.Mirrors), mirror =>
            Assert.StartsWith("https://", mirror, StringComparison.Ordinal));
    }

    [Fact]
    [System.Diagnostics.CodeAnalysis.SuppressMessage("Security", "CA5351", Justification = "what is published")]
    public void WhereAnMd5IsPublishedThePackedFileMustHaveIt()
    {
        using var mirror = new LocalMirror(context => LocalMirror.Send(context, _packed));
        var file = _file with
        {
            Sha256 = null,
            Md5 = Convert.ToHexString(System.Security.Cryptography.MD5.HashData(_packed)),
        };
        string Fetch(DataFile wanted) => Downloader.Fetch(new DataManifest("Digits", [mirror.Address], [wanted]),
            _scratch.Path, new DataRequest(), TestContext.Current.CancellationToken);
        Fetch(file);
        Assert.Equal(_packed, File.ReadAllBytes(Target));
        Refused.With(() => Fetch(file with { Md5 = new string('0', 32) }), "its MD5 or size is wrong");
        Refused.With(() => Fetch(file with { Bytes = file.Bytes + 1 }), "its MD5 or size is wrong");
    }

    [Fact]
    public void MnistIsWhatTheManifestSays()
    {
        var folder = Environment.GetEnvironmentVariable("MNISTGPU_DATA");
        Assert.SkipUnless(folder is not null && IdxFolder.HoldsAll(folder),
            "needs MNISTGPU_DATA to name a folder of MNIST's files");
        // Nothing is fetched: there is no mirror, so every file must pass its check where it lies.
        foreach (var file in DataManifest.Mnist.Files)
        {
            var packed = Path.Combine(folder!, file.Name + ".gz");
            Assert.SkipUnless(File.Exists(packed), "needs MNISTGPU_DATA to name packed files");
            File.Copy(packed, _scratch.File(file.Name + ".gz"));
        }

        Downloader.Fetch(DataManifest.Mnist with { Mirrors = [] }, _scratch.Path, new DataRequest(),
            TestContext.Current.CancellationToken);
    }
}
