using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using MnistGpu.Data;
using MnistGpu.Data.Synthetic;
using MnistGpu.Model;
using MnistGpu.Program.Web;

namespace MnistGpu.Tests.Web;

/// <summary>The server itself: many clients, rude clients, names, methods, and its end.</summary>
public sealed class WebServerTests
{
    private static readonly DigitSet Digits = SyntheticDigits.Draw(50, 3, SyntheticPart.Test);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task TwoHundredClientsAtOnceAllGetTheirOwnAnswers()
    {
        await using var served = await ServedModel.StartSmall();
        var expected = Enumerable.Range(0, Digits.Count).Select(j => served.Expected(Digits.Image(j))).ToArray();
        await Task.WhenAll(Enumerable.Range(0, 200).Select(async client =>
        {
            // A handler of its own: a connection of its own.
            using var http = new HttpClient { BaseAddress = served.Url };
            for (var i = 0; i < 5; i++)
            {
                var j = (7 * client + i) % Digits.Count;
                using var body = new StringContent($"{{\"pixels\": [{string.Join(',', Digits.Image(j).ToArray())}]}}",
                    Encoding.UTF8, "application/json");
                using var response = await http.PostAsync("api/predict", body, Cancel);
                Assert.Equal(HttpStatusCode.OK, response.StatusCode);
                Assert.Equal(expected[j], (await ServedModel.Json(response)).GetProperty("probabilities")
                    .EnumerateArray().Select(p => p.GetDouble()));
            }
        }));
    }

    [Fact]
    public async Task ClientsThatNeverReadOrNeverFinishDoNotHoldUpOthers()
    {
        await using var served = await ServedModel.StartSmall(new WebLimits { Burst = 1_000_000 });
        var rude = new List<TcpClient>();
        try
        {
            var model = Encoding.ASCII.GetBytes("GET /api/model HTTP/1.1\r\nHost: "
                + $"localhost:{served.Url.Port}\r\n\r\n");
            for (var i = 0; i < 20; i++)
            {
                var client = new TcpClient { ReceiveBufferSize = 2048 };
                rude.Add(client);
                await client.ConnectAsync(IPAddress.Loopback, served.Url.Port, Cancel);
                if (i % 2 == 0)
                {
                    // Hundreds of answers, none of them read: more than the system's buffers hold, so the server waits
                    // for this client.
                    await client.GetStream().WriteAsync(Enumerable.Repeat(model, 500).SelectMany(m => m).ToArray(),
                        Cancel);
                }
                else
                {
                    await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes("POST /api/predict "
                        + $"HTTP/1.1\r\nHost: localhost:{served.Url.Port}\r\nContent-Type: "
                        + $"application/json\r\nContent-Length: 5000\r\n\r\n{{"), Cancel);
                }
            }

            for (var i = 0; i < 100; i++)
            {
                Assert.Equal(HttpStatusCode.OK, (await served.Predict(Digits.Image(i % Digits.Count))).StatusCode);
            }
        }
        finally
        {
            rude.ForEach(client => client.Dispose());
        }
    }

    [Fact]
    public async Task AClientThatNeverReadsIsLetGo()
    {
        await using var served = await ServedModel.StartSmall(new WebLimits { Burst = 1_000_000 });
        using var client = new TcpClient { ReceiveBufferSize = 2048 };
        await client.ConnectAsync(IPAddress.Loopback, served.Url.Port, Cancel);
        var model = Encoding.ASCII.GetBytes($"GET /api/model HTTP/1.1\r\nHost: localhost:{served.Url.Port}\r\n\r\n");
        var requests = Enumerable.Repeat(model, 1000).SelectMany(m => m).ToArray();
        // The server stops taking requests from a client that takes no answers; then it drops the connection, and a
        // write fails.
        await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            for (var i = 0; i < 10_000; i++)
            {
                await client.GetStream().WriteAsync(requests, Cancel).AsTask()
                    .WaitAsync(TimeSpan.FromMinutes(3), Cancel);
            }
        });
    }

    [Fact]
    public async Task TooManyRequestsAreToldWhenToComeBack()
    {
        await using var served = await ServedModel.StartSmall(new WebLimits { RequestsPerSecond = 1, Burst = 5 });
        var statuses = new List<HttpStatusCode>();
        for (var i = 0; i < 5; i++)
        {
            statuses.Add((await served.Predict(Digits.Image(0))).StatusCode);
        }

        Assert.All(statuses, status => Assert.Equal(HttpStatusCode.OK, status));
        // A token a second comes back; a hundred requests cannot all find one.
        var all = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => served.Predict(Digits.Image(0))));
        var refused = all.First(response => response.StatusCode == HttpStatusCode.TooManyRequests);
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 10);
        await ServedModel.AssertRefused(HttpStatusCode.TooManyRequests, "1 a second", refused);
        Assert.Equal(HttpStatusCode.OK, (await served.Client.GetAsync("/", Cancel)).StatusCode);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(9)]
    [InlineData(15)]
    [InlineData(19)]
    [InlineData(2000)]
    [InlineData(123_457)]
    public void TheRateIsWhatTheRefusalSays(int requests)
    {
        var rate = RequestGuard.Rate(new WebLimits { RequestsPerSecond = requests });
        // The period is in whole ticks of 100 ns.
        Assert.Equal(requests, rate.TokensPerPeriod / rate.ReplenishmentPeriod.TotalSeconds, requests * 1e-5);
    }

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("localhost", true)]
    [InlineData("LOCALHOST:1", true)]
    [InlineData("[::1]:5080", true)]
    [InlineData("evil.example", false)]
    [InlineData("localhost.evil.example", false)]
    [InlineData("127.0.0.1.evil.example", false)]
    [InlineData("192.0.2.7", false)]
    public async Task OnlyTheMachinesOwnNamesAreAnswered(string host, bool answered)
    {
        await using var served = await ServedModel.StartSmall();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        request.Headers.Host = host;
        var response = await served.Client.SendAsync(request, Cancel);
        if (answered)
        {
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }
        else
        {
            await ServedModel.AssertRefused(HttpStatusCode.MisdirectedRequest, "localhost", response);
        }
    }

    [Fact]
    public async Task WhereOthersMayReachItAddressesAreNamesToo()
    {
        await using var served = await ServedModel.Start(Initialization.Draw(NetworkShape.Parse("784-10"), Start.He, 1),
            endPoint: new IPEndPoint(IPAddress.Any, 0));
        Assert.Equal("127.0.0.1", served.Url.Host);
        var machine = Dns.GetHostName();
        foreach (var (host, status) in new[]
        {
            ("192.0.2.7:5080", HttpStatusCode.OK),
            ("localhost", HttpStatusCode.OK),
            (machine, HttpStatusCode.OK),
            ($"{machine.Split('.')[0]}.local:5080", HttpStatusCode.OK),
            ("evil.example", HttpStatusCode.MisdirectedRequest),
            ("localhost.evil.example", HttpStatusCode.MisdirectedRequest),
            ("localhost.local.evil.example", HttpStatusCode.MisdirectedRequest),
            ($"{machine}.evil.example", HttpStatusCode.MisdirectedRequest),
            ($"{machine}.local.evil.example", HttpStatusCode.MisdirectedRequest),
        })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/");
            request.Headers.Host = host;
            Assert.Equal(status, (await served.Client.SendAsync(request, Cancel)).StatusCode);
        }
    }

    [Fact]
    public async Task OtherSitesMaySendNothing()
    {
        await using var served = await ServedModel.StartSmall();
        using var request = new HttpRequestMessage(HttpMethod.Post,
            "api/predict")
        { Content = new StringContent("{}", Encoding.UTF8, "application/json") };
        request.Headers.Add("Sec-Fetch-Site", "cross-site");
        await ServedModel.AssertRefused(HttpStatusCode.Forbidden, "Other sites",
            await served.Client.SendAsync(request, Cancel));
    }

    [Theory]
    [InlineData(null, HttpStatusCode.OK)]
    [InlineData("http://127.0.0.1:PORT", HttpStatusCode.OK)]
    [InlineData("http://127.0.0.1:1", HttpStatusCode.Forbidden)]
    [InlineData("http://127.0.0.1", HttpStatusCode.Forbidden)]
    [InlineData("http://localhost:PORT", HttpStatusCode.Forbidden)]
    [InlineData("http://evil.example", HttpStatusCode.Forbidden)]
    [InlineData("http://127.0.0.1:PORT, http://evil.example", HttpStatusCode.Forbidden)]
    [InlineData("null", HttpStatusCode.Forbidden)]
    public async Task OtherSitesMaySendNothingToAnAddressEither(string? origin, HttpStatusCode status)
    {
        // To what is neither https nor this machine browsers say no Sec-Fetch-Site.
        await using var served = await ServedModel.StartSmall();
        using var request = new HttpRequestMessage(HttpMethod.Post,
            "api/predict")
        {
            Content = JsonContent.Create(new
            {
                pixels = Array.ConvertAll(Digits.Image(0).ToArray(),
            p => (int)p)
            })
        };
        if (origin is not null)
        {
            request.Headers.Add("Origin", origin.Replace("PORT", $"{served.Url.Port}", StringComparison.Ordinal));
        }

        Assert.Equal(status, (await served.Client.SendAsync(request, Cancel)).StatusCode);
    }

    [Fact]
    public async Task PathsAndMethodsThatAreNotThereAreSaidSo()
    {
        await using var served = await ServedModel.StartSmall();
        await ServedModel.AssertRefused(HttpStatusCode.NotFound, "/nothing",
            await served.Client.GetAsync("nothing", Cancel));
        await ServedModel.AssertRefused(HttpStatusCode.NotFound, "/api/nothing",
            await served.Client.GetAsync("api/nothing", Cancel));
        var response = await served.Client.GetAsync("api/predict", Cancel);
        Assert.Equal("POST", Assert.Single(response.Content.Headers.Allow));
        await ServedModel.AssertRefused(HttpStatusCode.MethodNotAllowed, "takes POST, not GET", response);
        await ServedModel.AssertRefused(HttpStatusCode.MethodNotAllowed, "not DELETE",
            await served.Client.DeleteAsync("/", Cancel));
    }

    [Theory]
    [InlineData("/", "text/html")]
    [InlineData("/api", "text/html")]
    [InlineData("/draw.js", "text/javascript")]
    [InlineData("/style.css", "text/css")]
    [InlineData("/icon.svg", "image/svg+xml")]
    public async Task PagesComeWithHeadersThatKeepThemToThemselves(string path, string type)
    {
        await using var served = await ServedModel.StartSmall();
        var response = await served.Client.GetAsync(path, Cancel);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(type, response.Content.Headers.ContentType!.MediaType);
        Assert.StartsWith("default-src 'self'", Assert.Single(response.Headers.GetValues("Content-Security-Policy")),
            StringComparison.Ordinal);
        Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
        Assert.False(response.Headers.Contains("Server"));
        Assert.False(response.Headers.Contains("Access-Control-Allow-Origin"));
        using var again = new HttpRequestMessage(HttpMethod.Get, path);
        again.Headers.IfNoneMatch.Add(response.Headers.ETag!);
        Assert.Equal(HttpStatusCode.NotModified, (await served.Client.SendAsync(again, Cancel)).StatusCode);
        using var head = new HttpRequestMessage(HttpMethod.Head, path);
        Assert.Equal(response.Content.Headers.ContentLength,
            (await served.Client.SendAsync(head, Cancel)).Content.Headers.ContentLength);
    }

    [Fact]
    public async Task ATakenPortIsNamedAndAFreedOneCanBeUsedAgain()
    {
        var first = await ServedModel.StartSmall();
        var place = new IPEndPoint(IPAddress.Loopback, first.Url.Port);
        var state = first.State;
        var error = await Assert.ThrowsAsync<UserErrorException>(() => ServedModel.Start(state, endPoint: place));
        Assert.Contains($"Port {place.Port} is taken", error.Message, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await first.Predict(Digits.Image(0))).StatusCode);
        await first.DisposeAsync();
        await using var second = await ServedModel.Start(state, endPoint: place);
        Assert.Equal(HttpStatusCode.OK, (await second.Predict(Digits.Image(0))).StatusCode);
    }

    [Fact]
    public async Task ItEndsInGoodTimeWhoeverIsConnected()
    {
        var served = await ServedModel.StartSmall();
        using var half = new TcpClient();
        await half.ConnectAsync(IPAddress.Loopback, served.Url.Port, Cancel);
        await half.GetStream().WriteAsync(Encoding.ASCII.GetBytes("POST /api/predict HTTP/1.1\r\nHost: "
            + $"localhost\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n{{"), Cancel);
        using var idle = new TcpClient();
        await idle.ConnectAsync(IPAddress.Loopback, served.Url.Port, Cancel);
        await served.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromMinutes(3), Cancel);
        using var late = new TcpClient();
        await Assert.ThrowsAnyAsync<SocketException>(() =>
            late.ConnectAsync(IPAddress.Loopback, served.Url.Port, Cancel).AsTask());
    }
}
