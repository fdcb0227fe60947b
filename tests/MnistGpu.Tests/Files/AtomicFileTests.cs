using MnistGpu.Bench;
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
}
