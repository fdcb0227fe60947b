using System.Net;
using System.Net.Sockets;
using System.Text;
using MnistGpu.Model;
using MnistGpu.Program.Web;
using MnistGpu.Program.Web.Live;

namespace MnistGpu.Tests.Web.Live;

/// <summary>
/// The feed behind the live page: what clients get, when they come, go, and never read; and its stop button.
/// </summary>
public sealed class LiveFeedTests : IAsyncLifetime
{
    private readonly LiveFeed feed = new();
    private WebServer server = null!;
    private int stops;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() =>
        server = await WebServer.Start(new IPEndPoint(IPAddress.Loopback, 0), new WebLimits(),
            new LivePage(feed, () => Interlocked.Increment(ref stops)).Map);

    public async ValueTask DisposeAsync() => await server.DisposeAsync();

    [Fact]
    public async Task WhoeverComesGetsTheWholePresentStateAndThenWhatChanges()
    {
        feed.Publish("a", () => new { n = 1 });
        feed.Publish("b", () => new { n = 2 });
        feed.Publish("a", () => new { n = 3 });
        using var http = new HttpClient();
        for (var visit = 0; visit < 2; visit++)
        {
            await using var events = EventReader.Read(http, server.Url).GetAsyncEnumerator(Cancel);
            Assert.Equal(("b", 2, 2L), await Next(events));
            Assert.Equal(("a", visit == 0 ? 3 : 4, visit == 0 ? 3L : 4L), await Next(events));
            if (visit == 0)
            {
                feed.Publish("a", () => new { n = 4 });
                Assert.Equal(("a", 4, 4L), await Next(events));
            }
        }

        static async Task<(string, int, long)> Next(IAsyncEnumerator<LiveEvent> events)
        {
            Assert.True(await events.MoveNextAsync());
            return (events.Current.Name, events.Current.Data.GetProperty("n").GetInt32(), events.Current.Id);
        }
    }

    [Fact]
    public async Task AClientThatNeverReadsHoldsUpNobodyAndNothingQueuesUpForIt()
    {
        using var rude = new TcpClient { ReceiveBufferSize = 2048 };
        await rude.ConnectAsync(IPAddress.Loopback, server.Url.Port, Cancel);
        await rude.GetStream().WriteAsync(Encoding.ASCII.GetBytes("GET /api/events HTTP/1.1\r\nHost: "
            + $"localhost:{server.Url.Port}\r\n\r\n"), Cancel);
        while (!feed.HasClients)
        {
            await Task.Delay(5, Cancel);
        }

        // A megabyte each, far more in all than the system's buffers hold; only what a client takes is ever made.
        var made = 0;
        var text = new string('x', 1 << 20);
        const int Count = 500;
        for (var i = 0; i < Count; i++)
        {
            feed.Publish("large", () =>
            {
                Interlocked.Increment(ref made);
                return new { text };
            });
            await Task.Yield();
        }

        feed.Publish("last", () => new { n = Count });
        var polite = Task.Run(() => EventReader.ReadAll(server.Url), Cancel);
        while (!polite.IsCompleted && !feed.HasEnded)
        {
            feed.End();
        }

        Assert.Equal(["large", "last", "end"], (await polite).Select(part => part.Name));
        Assert.InRange(made, 1, Count / 2);
    }

    [Fact]
    public async Task TheEndIsToldToThoseThereAndThoseWhoComeAfter()
    {
        feed.Publish("a", () => new { n = 1 });
        var early = EventReader.ReadAll(server.Url);
        while (!feed.HasClients)
        {
            await Task.Delay(5, Cancel);
        }

        feed.Publish("a", () => new { n = 2 });
        feed.End();
        var seen = await early;
        Assert.Equal(2, seen[^2].Data.GetProperty("n").GetInt32());
        Assert.Equal("end", seen[^1].Name);
        Assert.Equal(["a", "end"], (await EventReader.ReadAll(server.Url)).Select(part => part.Name));
        await feed.Drain(TimeSpan.FromMinutes(3));
        Assert.False(feed.HasClients);
    }

    [Fact]
    public async Task OnlyThisPageMayStopAndOnlyWhatRuns()
    {
        using var http = new HttpClient { BaseAddress = server.Url };
        using var foreign = new HttpRequestMessage(HttpMethod.Post, "api/stop");
        foreign.Headers.Add("Sec-Fetch-Site", "cross-site");
        await ServedModel.AssertRefused(HttpStatusCode.Forbidden, "Other sites", await http.SendAsync(foreign, Cancel));
        using var renamed = new HttpRequestMessage(HttpMethod.Post, "api/stop");
        renamed.Headers.Host = "evil.example";
        await ServedModel.AssertRefused(HttpStatusCode.MisdirectedRequest, "localhost",
            await http.SendAsync(renamed, Cancel));
        await ServedModel.AssertRefused(HttpStatusCode.MethodNotAllowed, "takes POST",
            await http.GetAsync("api/stop", Cancel));
        Assert.Equal(0, stops);
        Assert.Equal(HttpStatusCode.Accepted, (await http.PostAsync("api/stop", null, Cancel)).StatusCode);
        Assert.Equal(1, stops);
        feed.End();
        await ServedModel.AssertRefused(HttpStatusCode.Conflict, "has ended",
            await http.PostAsync("api/stop", null, Cancel));
        Assert.Equal(1, stops);
    }

    [Fact]
    public void ACurveOfAnyLengthStaysShortAndLosesNothing()
    {
        var curve = new LiveCurve();
        const int Steps = 100_000;
        for (var step = 1; step <= Steps; step++)
        {
            curve.Add(new LivePoint(step, new Totals(10, 20, 5), 0.1, TimeSpan.FromMilliseconds(3)));
        }

        var points = curve.Copy();
        Assert.InRange(points.Length, LiveCurve.Most / 4, LiveCurve.Most);
        Assert.Equal(points.Select(p => p.Step).Order().Distinct(), points.Select(p => p.Step));
        Assert.Equal((Steps, 10L * Steps, 20.0 * Steps, 5L * Steps),
            (points[^1].Step, points.Sum(p => p.Totals.Images), points.Sum(p => p.Totals.Loss),
            points.Sum(p => p.Totals.Hits)));
        Assert.All(points, point => Assert.Equal(2, point.Totals.MeanLoss, 1e-12));
    }

    [Fact]
    public void TheFirstLookGivesAnAccuracyBeforeThereIsARow()
    {
        var rows = new LiveRows();
        rows.Look(new[,] { { 3, 1 }, { 0, 4 } });
        Assert.Equal(0.875, rows.LastDevelopment);
        rows.Add(new EpochRow(1, 1, 1, 0.5, 0.25, 0.1, 1) { DevelopmentLoss = 2 }, true);
        Assert.Equal((0.25, 2), (rows.LastDevelopment, rows.LastDevelopmentLoss));
        Assert.Equal(2, Assert.Single(rows.Development()).Loss);
    }

    [Fact]
    public void RowsOfAnyNumberStayFew()
    {
        var rows = new LiveRows();
        for (var epoch = 1; epoch <= 10_000; epoch++)
        {
            rows.Add(new EpochRow(epoch, epoch, 1, 0.5, epoch / 10_000.0, 0.1, 1), true);
        }

        Assert.Equal(Enumerable.Range(10_000 - LiveRows.Last + 1, LiveRows.Last), rows.LastOnes()
            .Select(row => (int)row.Row.Epoch));
        Assert.Equal((10_000, 10_000), (rows.Count, rows.Best!.Epoch));
        Assert.InRange(rows.Development().Length, 300, 801);
        Assert.All(rows.Development(), point => Assert.Equal(point.Step / 10_000, point.Accuracy));
    }
}
