using System.IO.Compression;
using System.Security.Cryptography;
using MnistGpu.Files;

namespace MnistGpu.Data.Sources;

/// <summary>Whether a file is what a manifest promises, by its size and its checksum.</summary>
internal static class DownloadCheck
{
    /// <summary>Whether a packed file holds exactly the bytes that the manifest promises.</summary>
    public static bool IsWhole(string path, DataFile file, CancellationToken cancel)
    {
        try
        {
            if (file.Md5 is not null && !HasMd5(path, file.Md5))
            {
                return false;
            }

            using var packed = RegularFile.Open(path);
            using var stream = new GZipStream(packed, CompressionMode.Decompress);
            using var hash = Sha256.Start();
            var buffer = new byte[1 << 16];
            long bytes = 0;
            for (int got; bytes <= file.Bytes && (got = stream.Read(buffer)) > 0; bytes += got)
            {
                cancel.ThrowIfCancellationRequested();
                hash.AppendData(buffer, 0, got);
            }

            return bytes == file.Bytes && GzipTrailer.Fits(packed, bytes) && (file.Sha256 is null
                || Convert.ToHexString(hash.GetHashAndReset()).Equals(file.Sha256,
                    StringComparison.OrdinalIgnoreCase));
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    /// <summary>What tells a file from the archive that the manifest promises, in words; null for nothing.</summary>
    public static string? Fault(string path, DataArchive archive, CancellationToken cancel)
    {
        using var file = RegularFile.Open(path, 1 << 16);
        if (file.Length != archive.Bytes)
        {
            return $"the size is {file.Length:N0} bytes, not {archive.Bytes:N0}";
        }

        using var hash = Sha256.Start();
        var buffer = new byte[1 << 16];
        for (int got; (got = file.Read(buffer)) > 0;)
        {
            cancel.ThrowIfCancellationRequested();
            hash.AppendData(buffer, 0, got);
        }

        var found = Convert.ToHexStringLower(hash.GetHashAndReset());
        return found.Equals(archive.Sha256, StringComparison.OrdinalIgnoreCase) ? null
            : $"the SHA-256 is {found}, not {archive.Sha256.ToLowerInvariant()}";
    }

    // It guards against damage, and against nobody's will: the publishers of these sets give nothing better.
    [System.Diagnostics.CodeAnalysis.SuppressMessage("Security", "CA5351", Justification = "what is published")]
    private static bool HasMd5(string path, string md5)
    {
        using var file = RegularFile.Open(path);
        return Convert.ToHexString(MD5.HashData(file)).Equals(md5, StringComparison.OrdinalIgnoreCase);
    }
}
