using System.IO.Compression;
using System.Net;
using System.Text;
using MnistGpu.Data.Formats;
using MnistGpu.Data.Sources;
using MnistGpu.Files;
using MnistGpu.Tests.Data;
using MnistGpu.Tests.Support;

namespace MnistGpu.Tests.Files;

/// <summary>A file of another kind is called by its name, with the way out, never shown as bytes.</summary>
public sealed class KnownFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("<!DOCTYPE html><html><body>404</body></html>", "a web page")]
    [InlineData("\r\n<HTML><head>", "a web page")]
    [InlineData("PAR1\x15\x04", "a Parquet file")]
    [InlineData("MATLAB 5.0 MAT-file, Platform: GLNXA64", "a MATLAB file")]
    [InlineData("\u0089HDF\r\n\x1A\n", "an HDF5 file")]
    [InlineData("% comment\n@RELATION mnist\n", "an ARFF file")]
    [InlineData("5 153:3 154:18 155:18\n", "a LIBSVM file")]
    [InlineData("7 203:0.328125\n", "a LIBSVM file")]
    [InlineData("PK\x03\x04....mnist.csv", "a ZIP file")]
    [InlineData("PK\x03\x04....archive/data.pkl", "a PyTorch file")]
    [InlineData("PK\x03\x04....x_train.npy", "an .npz file")]
    [InlineData("\u0080\x02}q\0", "a Python pickle")]
    [InlineData("version https://git-lfs.github.com/spec/v1\n", "a pointer of Git LFS")]
    public void AnyReaderNamesTheKind(string start, string name)
    {
        var bytes = new byte[2048];
        Encoding.Latin1.GetBytes(start).CopyTo(bytes, 0);
        var file = folder.Write("x.csv", bytes);
        folder.Write("y", bytes);
        Directory.CreateDirectory(folder.File("idx"));
        foreach (var part in (string[])["train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"])
        {
            folder.Write(Path.Combine("idx", part), bytes);
        }

        Action[] readers =
        [
            () => CsvReader.Read(file),
            () => DataSource.Load(folder.File("y"), new DataRequest(), default),
            () => DataSource.Load(folder.File("idx"), new DataRequest(), default),
            () => Safetensors.Read(folder.File("y")),
        ];
        Assert.All(readers, read =>
        {
            var message = Assert.Throws<UserErrorException>(read).Message;
            // What is read, and is damaged, is named by its reader.
            Assert.True(message.Contains($"found    : {name}", StringComparison.Ordinal)
                || message.Contains($"This {name[(name.IndexOf(' ', StringComparison.Ordinal) + 1)..]} cannot be read",
                    StringComparison.Ordinal), message);
            Assert.Contains("to do    : ", message, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void WhatIsPackedIsNamedToo()
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionMode.Compress, leaveOpen: true))
        {
            gzip.Write(Encoding.ASCII.GetBytes("<!doctype html><p>moved</p>"));
        }

        var file = folder.Write("train-images-idx3-ubyte.gz", packed.ToArray());
        var message = Assert.Throws<UserErrorException>(() => (object)IdxReader.Read(file, file)).Message;
        Assert.Contains("a web page", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("label,pixel0,pixel1\n1,2,3\n")]
    [InlineData("5,0,0,0\n")]
    [InlineData("{\"a\": 1}")]
    [InlineData("")]
    public void OtherTextIsTakenForNothingElse(string text) =>
        Assert.Null(KnownFile.Recognize(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void AProxyThatRefusesIsNamedWithoutItsPassword()
    {
        var address = new Uri("https://mirror.example/mnist/x.gz");
        var refused = new HttpRequestException(HttpRequestError.ProxyTunnelError, "status code '407'");
        var reason = Downloader.Reason(refused, address, new WebProxy("http://user:secret@proxy.example:3128"));
        Assert.Contains("through the proxy http://proxy.example:3128: status code '407'", reason,
            StringComparison.Ordinal);
        Assert.DoesNotContain("secret", reason, StringComparison.Ordinal);
        Assert.Equal("status code '407'", Downloader.Reason(refused, address, new WebProxy()));
    }
}
