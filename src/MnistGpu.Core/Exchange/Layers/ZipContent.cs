using System.IO.Compression;

namespace MnistGpu.Exchange.Layers;

/// <summary>
/// What is in a zip file, within limits: an archive of a kilobyte may claim to hold gigabytes, and names may be many.
/// </summary>
internal sealed class ZipContent : IDisposable
{
    private const int MostEntries = 10_000;

    // Weights hardly shrink. What shrinks more was made to.
    private const long MostRatio = 100;
    private const long AlwaysAllowed = 8 << 20;

    private readonly string path;
    private readonly Stream file;
    private readonly ZipArchive archive;
    private long left;

    private ZipContent(string path, Stream file)
    {
        (this.path, this.file) = (path, file);
        left = Math.Min(Foreign.MostBytes, AlwaysAllowed + MostRatio * file.Length);
        try
        {
            archive = new ZipArchive(file, ZipArchiveMode.Read, leaveOpen: true);
            if (archive.Entries.Count > MostEntries)
            {
                throw Foreign.Damaged(path, $"up to {MostEntries:N0} entries", $"{archive.Entries.Count:N0}");
            }
        }
        catch (Exception e) when (IsDamage(e))
        {
            throw Foreign.Damaged(path, "a zip file", e.Message, e);
        }
    }

    /// <summary>The entries' names in the archive's order.</summary>
    public IEnumerable<string> Names => archive.Entries.Select(entry => entry.FullName);

    /// <summary>Opens a zip file.</summary>
    /// <param name="path">Its name, for errors.</param>
    /// <param name="file">Its bytes; closed with this.</param>
    /// <exception cref="UserErrorException">It is none.</exception>
    public static ZipContent Open(string path, Stream file)
    {
        try
        {
            return new ZipContent(path, file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        archive.Dispose();
        file.Dispose();
    }

    /// <summary>An entry's bytes.</summary>
    /// <exception cref="UserErrorException">There is none of that name, it is damaged, or all that were read are more
    /// than such a file holds.</exception>
    public byte[] Read(string name)
    {
        var where = $"{path}, {name}";
        try
        {
            var entry = archive.GetEntry(name) ?? throw Foreign.Damaged(path, $"an entry {name}", "none");
            if (entry.Length < 0 || entry.Length > left || entry.Length > Array.MaxLength)
            {
                throw Foreign.Damaged(where, $"at most {left:N0} bytes unpacked", $"{entry.Length:N0}");
            }

            left -= entry.Length;
            var bytes = new byte[entry.Length];
            using var stream = entry.Open();
            stream.ReadExactly(bytes);
            return bytes;
        }
        catch (Exception e) when (IsDamage(e))
        {
            throw Foreign.Damaged(where, "an entry that can be unpacked", e.Message, e);
        }
    }

    private static bool IsDamage(Exception e) => e is InvalidDataException or EndOfStreamException or IOException
        or NotSupportedException or ArgumentException or OverflowException;
}
