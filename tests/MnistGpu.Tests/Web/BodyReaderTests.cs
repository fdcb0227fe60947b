using Microsoft.AspNetCore.Http;
using MnistGpu.Program.Web;

namespace MnistGpu.Tests.Web;

public sealed class BodyReaderTests
{
    private const int Most = 64 << 10;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData((8 << 10) - 1)]
    [InlineData(8 << 10)]
    [InlineData((8 << 10) + 1)]
    [InlineData(50_000)]
    [InlineData(Most)]
    public async Task BodiesComeWhole(int length)
    {
        var bytes = Enumerable.Range(0, length).Select(i => (byte)(i * 31 >> 3)).ToArray();
        // Room for the longest body, and for what it grows from.
        var reader = new BodyReader(3 * Most / 2, TimeSpan.FromMinutes(1));
        foreach (var declared in (bool[])[true, false, true, false])
        {
            using var body = await reader.Read(Request(bytes, declared), Most, Cancel);
            Assert.Equal(bytes, body.Bytes.ToArray());
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task WhatIsHeldCountsUntilItIsDisposed(bool declared)
    {
        var reader = new BodyReader(20_000, TimeSpan.FromMinutes(1));
        var longest = new byte[8 << 10];
        var (first, second) = (await reader.Read(Request(longest, declared), 8 << 10, Cancel),
            await reader.Read(Request(longest, declared), 8 << 10, Cancel));
        Assert.Equal(503, (await Assert.ThrowsAsync<RequestRefusedException>(() =>
            reader.Read(Request([1], declared), 8 << 10, Cancel))).Status);
        first.Dispose();
        first.Dispose();
        using (await reader.Read(Request([1], declared), 8 << 10, Cancel))
        {
            Assert.Equal(503, (await Assert.ThrowsAsync<RequestRefusedException>(() =>
                reader.Read(Request([1], declared), 8 << 10, Cancel))).Status);
        }

        second.Dispose();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task WhatIsRefusedIsNotHeld(bool declared)
    {
        var reader = new BodyReader(3 * Most / 2, TimeSpan.FromMinutes(1));
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal(413, (await Assert.ThrowsAsync<RequestRefusedException>(() =>
                reader.Read(Request(new byte[Most + 1], declared), Most, Cancel))).Status);
            Assert.Equal(503, (await Assert.ThrowsAsync<RequestRefusedException>(() =>
                reader.Read(Request(new byte[2 * Most], declared), 2 * Most, Cancel))).Status);
        }

        using var body = await reader.Read(Request(new byte[Most], declared), Most, Cancel);
        Assert.Equal(Most, body.Bytes.Count);
    }

    [Fact]
    public async Task AClientThatGoesIsNotToldThatItIsLate()
    {
        using var gone = new CancellationTokenSource();
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new BodyReader(Most, TimeSpan.FromMinutes(1))
            .Read(Request([1], true), Most, gone.Token));
    }

    private static HttpRequest Request(byte[] body, bool declared)
    {
        var request = new DefaultHttpContext().Request;
        request.Body = new Dribble(body);
        request.ContentLength = declared ? body.Length : null;
        return request;
    }

    /// <summary>Gives a few bytes at a time, as networks do.</summary>
    private sealed class Dribble(byte[] bytes) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, 1009)], cancellationToken);
    }
}
