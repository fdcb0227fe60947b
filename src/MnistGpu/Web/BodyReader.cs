using System.Buffers;
using Microsoft.AspNetCore.Http;

namespace MnistGpu.Program.Web;

/// <summary>
/// Reads bodies whole, each up to a length and within a time, and no more of them at once than memory should hold. A
/// body counts from its first byte until it is disposed, and for the memory it takes: what a client only says that it
/// will send takes none.
/// </summary>
internal sealed class BodyReader(long heldBytes, TimeSpan time)
{
    /// <summary>An image as JSON fits into this; longer bodies double it as they come.</summary>
    private const int FirstRoom = 8 << 10;

    private long held;

    /// <summary>Bytes of memory that bodies take now.</summary>
    internal long Held => Interlocked.Read(ref held);

    /// <summary>The body, which is the caller's to dispose.</summary>
    /// <exception cref="RequestRefusedException">413, it is longer than <paramref name="most"/>; 408, it did not come
    /// in time; 503, too much is held already.</exception>
    public async Task<Body> Read(HttpRequest request, int most, CancellationToken cancel)
    {
        if (request.ContentLength > most)
        {
            throw TooLong(most);
        }

        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        late.CancelAfter(time);
        var body = new Body(this);
        try
        {
            while (body.Bytes.Count != request.ContentLength && await body.Append(request.Body, most, late.Token))
            {
            }

            return body;
        }
        catch (OperationCanceledException e) when (!cancel.IsCancellationRequested)
        {
            body.Dispose();
            throw new RequestRefusedException(StatusCodes.Status408RequestTimeout, "The body took too long",
                $"it has to come within {time.TotalSeconds} seconds", e);
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    private static RequestRefusedException TooLong(int most) =>
        new(StatusCodes.Status413PayloadTooLarge, "The body is too long", $"at most {most} bytes are taken here");

    private byte[] Rent(int bytes)
    {
        var room = ArrayPool<byte>.Shared.Rent(bytes);
        if (Interlocked.Add(ref held, room.Length) <= heldBytes)
        {
            return room;
        }

        Return(room);
        throw new RequestRefusedException(StatusCodes.Status503ServiceUnavailable, "Too many large requests at once",
            "send it again in a moment")
        { RetryAfter = TimeSpan.FromSeconds(1) };
    }

    private void Return(byte[] room)
    {
        Interlocked.Add(ref held, -room.Length);
        ArrayPool<byte>.Shared.Return(room);
    }

    /// <summary>What was sent, until it is disposed.</summary>
    internal sealed class Body(BodyReader reader) : IDisposable
    {
        private byte[] room = [];

        /// <summary>The bytes; never to be kept beyond the body.</summary>
        public ArraySegment<byte> Bytes { get; private set; } = ArraySegment<byte>.Empty;

        /// <summary>Reads some more; false at the end.</summary>
        public async ValueTask<bool> Append(Stream source, int most, CancellationToken cancel)
        {
            var length = Bytes.Count;
            if (length == room.Length && length < most)
            {
                Grow(Math.Min(most, Math.Max(FirstRoom, 2 * length)));
            }

            // That a body is longer than it may be shows in one byte more, which needs no room of its own.
            var read = await source.ReadAsync(length < most ? room.AsMemory(length) : new byte[1], cancel);
            if (length + read > most)
            {
                throw TooLong(most);
            }

            Bytes = new ArraySegment<byte>(room, 0, length + read);
            return read > 0;
        }

        public void Dispose()
        {
            if (room.Length > 0)
            {
                reader.Return(room);
                (room, Bytes) = ([], ArraySegment<byte>.Empty);
            }
        }

        private void Grow(int bytes)
        {
            var larger = reader.Rent(bytes);
            Bytes.AsSpan().CopyTo(larger);
            var length = Bytes.Count;
            Dispose();
            (room, Bytes) = (larger, new ArraySegment<byte>(larger, 0, length));
        }
    }
}
