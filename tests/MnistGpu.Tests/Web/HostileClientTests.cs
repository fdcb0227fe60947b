using System.Net;
using System.Net.Sockets;
using System.Text;
using MnistGpu.Program.Web;

namespace MnistGpu.Tests.Web;

/// <summary>Clients that keep to no rule, byte by byte.</summary>
public sealed class HostileClientTests
{
    private const string Chunked = "POST /api/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        + "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n";

    private static readonly string Pixels = $"{{\"pixels\":[{string.Join(',', Enumerable.Repeat(0, 784))}]}}";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("FFFFFFFFFFFFFFFFFF\r\nab")]
    [InlineData("{0}\r\n{1}\r\nFFFFFFFFFFFFFFFFFF\r\nab")]
    [InlineData("7FFFFFFFFFFFFFFF1\r\nab")]
    [InlineData("-5\r\nab")]
    [InlineData("xyz\r\nab")]
    [InlineData("5\r\nabcdeXX")]
    public async Task ABodyInImpossibleChunksIsRefused(string body)
    {
        await using var served = await ServedModel.StartSmall();
        var answer = await Ask(served.Url, Chunked + string.Format(null, body, $"{Pixels.Length:x}", Pixels));
        Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
        Assert.Contains("cannot be read", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ABodyInChunksIsAnswered()
    {
        await using var served = await ServedModel.StartSmall();
        var answer = await Ask(served.Url, $"{Chunked}{Pixels.Length:x}\r\n{Pixels}\r\n0\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
        Assert.Contains("probabilities", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OneAddressCannotTakeAllConnections()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs 127.0.0.2, which is this machine on Linux only");
        var limits = new WebLimits { Connections = 30, ConnectionsPerAddress = 3 };
        await using var served = await ServedModel.StartSmall(limits);
        var idle = new List<Socket>();
        try
        {
            for (var i = 0; i < 12; i++)
            {
                idle.Add(await Connect(served.Url, IPAddress.Loopback, mayBeClosed: i >= 3));
            }

            // Those beyond the limit are closed, which a reader sees.
            foreach (var socket in idle.Skip(3))
            {
                Assert.Equal(0, await Read(socket));
            }

            var request = $"GET /api/model HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
            Assert.StartsWith("HTTP/1.1 200 ", await Ask(served.Url, request, IPAddress.Parse("127.0.0.2")),
                StringComparison.Ordinal);
        }
        finally
        {
            idle.ForEach(socket => socket.Dispose());
        }
    }

    [Fact]
    public async Task AnIdleConnectionIsClosed()
    {
        await using var served = await ServedModel.StartSmall(new WebLimits { IdleTime = TimeSpan.FromSeconds(1) });
        using var socket = await Connect(served.Url, IPAddress.Loopback);
        Assert.Equal(0, await Read(socket));
    }

    private static async Task<int> Read(Socket socket)
    {
        try
        {
            return await socket.ReceiveAsync(new byte[1], Cancel);
        }
        catch (SocketException)
        {
            return 0;
        }
    }

    /// <param name="url">Where to.</param>
    /// <param name="from">This machine's address.</param>
    /// <param name="mayBeClosed">Whether the server may close it before this side knows that it is open.</param>
    private static async Task<Socket> Connect(Uri url, IPAddress from, bool mayBeClosed = false)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(from, 0));
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, url.Port, Cancel);
        }
        catch (SocketException) when (mayBeClosed)
        {
        }

        return socket;
    }

    private static async Task<string> Ask(Uri url, string request, IPAddress? from = null)
    {
        using var socket = await Connect(url, from ?? IPAddress.Loopback);
        await socket.SendAsync(Encoding.ASCII.GetBytes(request), Cancel);
        using var stream = new NetworkStream(socket);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return await reader.ReadToEndAsync(Cancel);
    }
}
