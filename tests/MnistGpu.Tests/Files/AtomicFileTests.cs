using MnistGpu.Files;
using MnistGpu.Tests.Data;
using MnistGpu.Tests.Support;

namespace MnistGpu.Tests.Files;

public sealed class AtomicFileTests : IDisposable
{
    private readonly TemporaryFolder _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void AFileIsWrittenAndReplaced()
    {
        AtomicFile.Write(_scratch.File("a.bin"), file => file.Write([1, 2, 3]));
        AtomicFile.Write(_scratch.File("a.bin"), file => file.Write([4]));
        Assert.Equal([4], File.ReadAllBytes(_scratch.File("a.bin")));
        Assert.Single(Directory.GetFileSystemEntries(_scratch.Path));
    }

    [Fact]
    public void AFailureLeavesWhatWasThereAndNothingElse()
    {
        _scratch.Write("a.bin", [9]);
        Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(_scratch.File("a.bin"), file =>
        {
            file.Write(new byte[100_000]);
            throw new InvalidOperationException();
        }));
        Assert.Equal([9], File.ReadAllBytes(_scratch.File("a.bin")));
        Assert.Single(Directory.GetFileSystemEntries(_scratch.Path));
    }

    [Fact]
    public void APathThatCanBeWrittenLeavesNoTrace()
    {
        AtomicFile.RequireWritable(_scratch.File("new.bin"));
        Assert.Empty(Directory.GetFileSystemEntries(_scratch.Path));
    }

    [Fact]
    public void AMissingFolderIsNamed()
    {
        var path = Path.Combine(_scratch.Path, "absent", "a.bin");
        Refused.With(() => AtomicFile.RequireWritable(path), path, "absent");
        Refused.With(() => AtomicFile.Write(path, _ => { }), path, "absent");
    }

    [Fact]
    public void AFolderAndAReadOnlyFileAreRefused()
    {
        Refused.With(() => AtomicFile.RequireWritable(_scratch.Path), "a folder");
        var path = _scratch.Write("a.bin", [9]);
        File.SetAttributes(path, FileAttributes.ReadOnly);
        Refused.With(() => AtomicFile.RequireWritable(path), path, "read-only");
        File.SetAttributes(path, FileAttributes.Normal);
    }

    [Fact]
    public void APathBelowAFileIsRefused() =>
        Refused.With(() => AtomicFile.RequireWritable(Path.Combine(_scratch.Write("a.bin", [9]), "b.bin")), "b.bin");

    [Fact]
    public async Task AtEveryMomentThePathNamesAWholeFile()
    {
        var path = _scratch.File("c");
        AtomicFile.Write(path, file => file.Write(new byte[4096]), keepPrevious: true);
        using var stop = new CancellationTokenSource();
        var looks = 0;
        var reader = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                Assert.Equal(4096, File.ReadAllBytes(path).Length);
                looks++;
            }
        }, TestContext.Current.CancellationToken);
        for (var i = 0; !reader.IsFaulted && (i < 200 || looks < 1000); i++)
        {
            AtomicFile.Write(path, file => file.Write(new byte[4096]), keepPrevious: true);
        }

        await stop.CancelAsync();
        await reader;
        Assert.Equal(["c", "c.previous"], Names());
    }

    [Fact]
    public void TheOneBeforeIsKeptEvenWhereItIsAlreadyTheSameFile()
    {
        var path = _scratch.Write("c", [1]);
        // As a writer leaves it that is killed between the second name and the rename.
        FileSystem.LinkOrCopy(path, _scratch.File("c.previous"));
        AtomicFile.Write(path, file => file.Write([2]), keepPrevious: true);
        Assert.Equal([2], File.ReadAllBytes(path));
        Assert.Equal([1], File.ReadAllBytes(_scratch.File("c.previous")));
        Assert.Equal(["c", "c.previous"], Names());
    }

    [Fact]
    public void WhatAKilledWriterLeftIsSweptAndNothingElse()
    {
        var id = Guid.NewGuid().ToString("N");
        string[] others = [".c.notes.tmp", $".d.{id}.tmp", $"c.{id}.tmp", ".c..tmp", ".c.tmp"];
        foreach (var name in (string[])[.. others, $".c.{id}.tmp"])
        {
            _scratch.Write(name, [1]);
        }

        AtomicFile.RequireWritable(_scratch.File("c"));
        Assert.Equal(others.Order(StringComparer.Ordinal), Names());
    }

    [Fact]
    public void ALivingWritersFileIsNotSwept()
    {
        AtomicFile.Write(_scratch.File("c"), file =>
        {
            file.Write([1]);
            AtomicFile.RequireWritable(_scratch.File("c"));
            Assert.Single(Names());
        });
        Assert.Equal(["c"], Names());
    }

    [Fact]
    public void AFolderInMemoryIsAFolderLikeAnyOther()
    {
        Assert.SkipUnless(Directory.Exists("/dev/shm"), "needs /dev/shm");
        var path = $"/dev/shm/mnistgpu-test-{Guid.NewGuid():N}";
        try
        {
            AtomicFile.RequireWritable(path);
            AtomicFile.Write(path, file => file.Write([7]));
            Assert.Equal([7], File.ReadAllBytes(path));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [InlineData("/dev/null", "a device")]
    [InlineData("/dev/full", "a device")]
    [InlineData("a\0b", "NUL")]
    public void WhatIsNoFileIsRefused(string path, string says)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs /dev");
        Refused.With(() => AtomicFile.RequireWritable(path), says);
        Refused.With(() => AtomicFile.Write(path, _ => { }), says);
    }

    private string[] Names() => [.. Directory.GetFileSystemEntries(_scratch.Path).Select(Path.GetFileName)
        .OfType<string>().Order(StringComparer.Ordinal)];
}
