using System.Buffers.Binary;

namespace MnistGpu.Files;

/// <summary>
/// The last four bytes of a gzip file, which repeat the unpacked size (RFC 1952, ISIZE). .NET's GZipStream ends without
/// a word where the file does, so a file cut off within its trailer would pass with its checksum unread.
/// </summary>
internal static class GzipTrailer
{
    /// <summary>Whether the file ends as one of this unpacked size does.</summary>
    public static bool Fits(FileStream file, long unpacked) => Size(file) == (uint)unpacked;

    /// <summary>The unpacked size that the file's end promises, modulo 2³²; null where there is none.</summary>
    public static uint? Size(FileStream file)
    {
        Span<byte> size = stackalloc byte[4];
        file.Position = Math.Max(0, file.Length - size.Length);
        return file.ReadAtLeast(size, size.Length, throwOnEndOfStream: false) == size.Length
            ? BinaryPrimitives.ReadUInt32LittleEndian(size) : null;
    }
}
