using System.Diagnostics;
using MnistGpu.Data;
using MnistGpu.Data.Formats;
using MnistGpu.Data.Pictures;
using MnistGpu.Data.Sources;
using MnistGpu.Files;
using MnistGpu.Tests.Data;
using MnistGpu.Tests.Support;
using MnistGpu.Training;

namespace MnistGpu.Tests.Files;

/// <summary>A pipe keeps its reader waiting and a device never ends: nothing opens one to read.</summary>
public sealed class RegularFileTests : IDisposable
{
    private static readonly Dictionary<string, Action<string>> All = new()
    {
        ["a model"] = path => ModelFile.Load(path),
        ["a checkpoint"] = path => Checkpoint.Load(path),
        ["images"] = path => IdxReader.Read(path, path),
        ["a CSV"] = path => CsvReader.Read(path),
        ["a named CSV"] = path => DataSource.Load(path, new DataRequest(), CancellationToken.None),
        ["a picture"] = path => HandwrittenImage.Read(path),
    };

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    public static TheoryData<string> Readers => [.. All.Keys];

    [Theory]
    [MemberData(nameof(Readers))]
    public void NoReaderOpensAPipeOrADevice(string reader)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs Linux, where the type of a file is asked for");
        var pipe = folder.File("pipe.csv");
        using (var make = Process.Start("mkfifo", [pipe]))
        {
            make.WaitForExit();
        }

        File.CreateSymbolicLink(folder.File("zero.csv"), "/dev/zero");
        foreach (var path in (string[])[pipe, folder.File("zero.csv")])
        {
            Refused.With(() => All[reader](path), path, "a pipe or a device");
        }
    }

    [Fact]
    public void PngsInFoldersAreRegularFiles()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs Linux, where the type of a file is asked for");
        for (var digit = 0; digit < Mnist.Classes; digit++)
        {
            Directory.CreateDirectory(folder.File($"{digit}"));
            File.CreateSymbolicLink(folder.File($"{digit}/0.png"), "/dev/zero");
        }

        Refused.With(() => PngFolderReader.Read(folder.Path), "0.png",
            "a pipe or a device");
    }

    [Fact]
    public void ALinkToARegularFileIsRead()
    {
        File.WriteAllBytes(folder.File("real"), [1, 2]);
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs symbolic links without privileges");
        File.CreateSymbolicLink(folder.File("link"), folder.File("real"));
        Assert.Equal([1, 2], RegularFile.ReadAllBytes(folder.File("link")));
    }
}
