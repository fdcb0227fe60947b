namespace MnistGpu.Files;

/// <summary>
/// Opens files to read, and nothing else: a pipe may keep its reader waiting for ever, a device never ends.
/// </summary>
internal static class RegularFile
{
    /// <summary>Opens a file to read.</summary>
    /// <param name="path">Which.</param>
    /// <param name="buffer">Bytes of the stream's own buffer; 1 for none.</param>
    /// <exception cref="IOException">There is none, it cannot be read, or it is a pipe or a device.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static FileStream Open(string path, int buffer = 1)
    {
        Require(path);
        return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, buffer);
    }

    /// <summary>All bytes of a file.</summary>
    /// <inheritdoc cref="Open" path="/exception"/>
    public static byte[] ReadAllBytes(string path)
    {
        Require(path);
        return File.ReadAllBytes(path);
    }

    private static void Require(string path)
    {
        if (path.Contains('\0', StringComparison.Ordinal))
        {
            throw new IOException("a name with a NUL character");
        }

        if (FileSystem.IsSpecial(path))
        {
            throw new IOException("a pipe or a device, not a regular file");
        }
    }
}
