namespace MnistGpu.Tests.Support;

/// <summary>An empty folder that is gone after the test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private const string Memory = "/dev/shm";

    public TemporaryFolder()
        : this(Directory.CreateTempSubdirectory("mnistgpu-test-").FullName)
    {
    }

    private TemporaryFolder(string path) => Path = path;

    public string Path { get; }

    /// <summary>
    /// One in memory where there is a place for it: thousands of files that are flushed take minutes on a disk.
    /// </summary>
    public static TemporaryFolder InMemory() => !Directory.Exists(Memory) ? new() : new(
        Directory.CreateDirectory(System.IO.Path.Combine(Memory, $"mnistgpu-test-{Guid.NewGuid():N}")).FullName);

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
