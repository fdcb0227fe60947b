using System.IO.Compression;
using MnistGpu.Files;

namespace MnistGpu.Data.Formats;

/// <summary>
/// A file's bytes, unpacked where they are gzip's: by the first bytes, not by the name, for people rename files and
/// browsers unpack them.
/// </summary>
internal sealed class Unpacked : IDisposable
{
    /// <summary>Deflate cannot pack more tightly than this (zlib's "Maximum Compression Factor").</summary>
    public const long MaxPacking = 1032;

    // What is allocated at once on the word of a header that nothing confirms.
    private const int Doubted = 1 << 24;

    private readonly RawStream raw;
    private readonly uint? promised;

    private Unpacked(RawStream raw, Stream stream, bool isPacked, uint? promised)
    {
        (this.raw, Stream, IsPacked, this.promised) = (raw, stream, isPacked, promised);
        // A zip file's directory may lie, but then its stream ends early.
        Room = isPacked ? RoomOf(raw.Length) : raw.Length;
    }

    /// <summary>The unpacked bytes.</summary>
    public Stream Stream { get; }

    /// <summary>Whether they were packed by gzip.</summary>
    public bool IsPacked { get; }

    /// <summary>The most bytes that can come.</summary>
    public long Room { get; }

    /// <summary>The most that so many packed bytes can unpack to.</summary>
    public static long RoomOf(long packed) => packed > long.MaxValue / MaxPacking ? long.MaxValue : packed * MaxPacking;

    /// <summary>Looks at the first bytes, and unpacks or not.</summary>
    public static Unpacked From(RawStream raw)
    {
        try
        {
            if (raw.Stream is FileStream file)
            {
                var isPacked = file.ReadByte() == 0x1F && file.ReadByte() == 0x8B;
                var promised = isPacked ? GzipTrailer.Size(file) : null;
                file.Position = 0;
                return new Unpacked(raw, isPacked ? new GZipStream(file, CompressionMode.Decompress) : file, isPacked,
                    promised);
            }

            var start = new byte[2];
            var got = raw.Stream.ReadAtLeast(start, 2, throwOnEndOfStream: false);
            var whole = new Prefixed(start[..got], raw.Stream);
            return got == 2 && start is [0x1F, 0x8B]
                ? new Unpacked(raw, new GZipStream(whole, CompressionMode.Decompress), isPacked: true, promised: null)
                : new Unpacked(raw, whole, isPacked: false, promised: null);
        }
        catch
        {
            raw.Owner.Dispose();
            throw;
        }
    }

    /// <summary>
    /// The next bytes; the array is short where fewer come. Where nothing but a header promises them, the memory grows
    /// with what comes.
    /// </summary>
    /// <param name="count">How many, at most <see cref="Room"/>.</param>
    /// <param name="whole">How many the file has, all told, as its header says.</param>
    public byte[] Read(long count, long whole)
    {
        var isDoubted = raw.Stream is not FileStream || (IsPacked && promised != (uint)whole);
        var data = new byte[isDoubted ? Math.Min(count, Doubted) : count];
        for (var filled = 0; ;)
        {
            filled += Stream.ReadAtLeast(data.AsSpan(filled), data.Length - filled, throwOnEndOfStream: false);
            if (filled < data.Length)
            {
                return data[..filled];
            }

            if (filled == count)
            {
                return data;
            }

            Array.Resize(ref data, (int)Math.Min(count, 2L * data.Length));
        }
    }

    /// <summary>Reads on without keeping anything; returns how far it came.</summary>
    public long Pass(long bytes)
    {
        var buffer = new byte[Math.Min(bytes, 1 << 16)];
        var passed = 0L;
        while (passed < bytes)
        {
            var read = Stream.Read(buffer, 0, (int)Math.Min(buffer.Length, bytes - passed));
            if (read == 0)
            {
                break;
            }

            passed += read;
        }

        return passed;
    }

    /// <summary>Whether a packed file's end says the same length: it may be cut off within its last bytes.</summary>
    public bool EndsAs(long length) => !IsPacked || raw.Stream is not FileStream file
        || GzipTrailer.Fits(file, length);

    /// <inheritdoc/>
    public void Dispose()
    {
        Stream.Dispose();
        raw.Stream.Dispose();
        raw.Owner.Dispose();
    }

    /// <summary>A stream with its first bytes put back.</summary>
    private sealed class Prefixed(byte[] start, Stream rest) : Stream
    {
        private int at;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            if (at == start.Length)
            {
                return rest.Read(buffer);
            }

            var count = Math.Min(buffer.Length, start.Length - at);
            start.AsSpan(at, count).CopyTo(buffer);
            at += count;
            return count;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
