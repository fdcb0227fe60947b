namespace MnistGpu.Bench.Gpu.Running;

/// <summary>A folder of its own in the system's temporary folder, deleted at the end with all that is in it.</summary>
internal sealed class WorkFolder : IDisposable
{
    /// <summary>Makes it.</summary>
    /// <exception cref="UserErrorException">It cannot be made.</exception>
    public WorkFolder()
    {
        try
        {
            Path = Directory.CreateTempSubdirectory("kernels-bench-work-").FullName;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException("No temporary folder can be made", where: System.IO.Path.GetTempPath(),
                expected: "a folder that may be written to", found: e.Message,
                todo: "allow writing there, or name another temporary folder by TMPDIR (Windows: TEMP)", inner: e);
        }
    }

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The system clears its temporary files itself.
        }
    }
}
