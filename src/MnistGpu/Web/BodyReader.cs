using System.Buffers;
using Microsoft.AspNetCore.Http;

namespace MnistGpu.Program.Web;

/// <summary>Reads bodies whole, up to a length, and no more of them at once than memory should hold.</summary>
internal sealed class BodyReader(long heldBytes)
{
    private long held;

    /// <summary>The body.</summary>
    /// <exception cref="RequestRefusedException">413, it is longer than <paramref name="most"/>; 503, too much is held already.</exception>
    public async Task<byte[]> Read(HttpRequest request, int most, CancellationToken cancel)
    {
        if (request.ContentLength > most)
        {
            throw TooLong(most);
        }

        var room = ArrayPool<byte>.Shared.Rent((int)Math.Min(most + 1L, request.ContentLength + 1 ?? 16 << 10));
        long counted = 0;
        try
        {
            Count(room.Length);
            var length = 0;
            while (await request.Body.ReadAsync(room.AsMemory(length), cancel) is > 0 and var read)
            {
                length += read;
                if (length > most)
                {
                    throw TooLong(most);
                }

                if (length == room.Length)
                {
                    var larger = ArrayPool<byte>.Shared.Rent(2 * length);
                    room.AsSpan(0, length).CopyTo(larger);
                    ArrayPool<byte>.Shared.Return(room);
                    room = larger;
                    Count(room.Length);
                }
            }

            return room[..length];
        }
        finally
        {
            Interlocked.Add(ref held, -counted);
            ArrayPool<byte>.Shared.Return(room);
        }

        void Count(int bytes)
        {
            var more = bytes - counted;
            counted = bytes;
            if (Interlocked.Add(ref held, more) > heldBytes)
            {
                throw new RequestRefusedException(StatusCodes.Status503ServiceUnavailable, "Too many large requests at once", "send it again in a moment") { RetryAfter = TimeSpan.FromSeconds(1) };
            }
        }
    }

    private static RequestRefusedException TooLong(int most) => new(StatusCodes.Status413PayloadTooLarge, "The body is too long", $"at most {most} bytes are taken here");
}
