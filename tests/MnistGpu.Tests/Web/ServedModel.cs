using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using MnistGpu.Data;
using MnistGpu.Host;
using MnistGpu.Model;
using MnistGpu.Program.Web;
using MnistGpu.Simd;
using MnistGpu.Training;

namespace MnistGpu.Tests.Web;

/// <summary>A model served in this process, on any free port.</summary>
internal sealed class ServedModel : IAsyncDisposable
{
    private readonly DrawingPage page;
    private readonly WebServer server;

    private ServedModel(NetworkState state, DrawingPage page, WebServer server)
    {
        State = state;
        this.page = page;
        this.server = server;
        // A test that waits for an answer says so itself; a busy machine is no error.
        Client = new HttpClient { BaseAddress = server.Url, Timeout = Timeout.InfiniteTimeSpan };
    }

    public NetworkState State { get; }

    public Uri Url => server.Url;

    public HttpClient Client { get; }

    public long HeldPictureBytes => page.HeldPictureBytes;

    public static async Task<ServedModel> Start(NetworkState state, WebLimits? limits = null,
        IPEndPoint? endPoint = null, DataShape? shape = null)
    {
        limits ??= new WebLimits();
        var metadata = new Dictionary<string, string>();
        if (shape is not null)
        {
            ModelImages.Add(metadata, shape);
        }

        var model = new ModelFile(state, metadata);
        var network = new Network("test.safetensors", model, HostEngines.Simd, new HostEngines(), threads: 1);
        var page = new DrawingPage("test.safetensors", model,
            new Predictor(network), limits, shape);
        try
        {
            return new ServedModel(state, page,
                await WebServer.Start(endPoint ?? new IPEndPoint(IPAddress.Loopback, 0), limits, page.Map));
        }
        catch
        {
            page.Dispose();
            throw;
        }
    }

    public static Task<ServedModel> StartSmall(WebLimits? limits = null) =>
        Start(Initialization.Draw(NetworkShape.Parse("784-12-7-10"), MnistGpu.Start.He, 5), limits);

    public Task<HttpResponseMessage> Predict(HttpContent body) =>
        Client.PostAsync("api/predict", body, TestContext.Current.CancellationToken);

    public Task<HttpResponseMessage> Predict(ReadOnlySpan<byte> pixels) =>
        Predict(JsonContent.Create(new { pixels = Array.ConvertAll(pixels.ToArray(), p => (int)p) }));

    /// <summary>What the engine itself answers.</summary>
    public double[] Expected(ReadOnlySpan<byte> pixels)
    {
        using var engine = SimdEngine.Create(State.Shape, threads: 1);
        engine.Load(State);
        var AL = new double[State.Shape.Outputs];
        engine.Predict(pixels, AL);
        return AL;
    }

    public static async Task<JsonElement> Json(HttpResponseMessage response)
    {
        using var body = await JsonDocument.ParseAsync(
            await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken),
            cancellationToken: TestContext.Current.CancellationToken);
        return body.RootElement.Clone();
    }

    /// <summary>Refused with a status and a problem that says this.</summary>
    public static async Task AssertRefused(HttpStatusCode status, string says, HttpResponseMessage response)
    {
        Assert.Equal(status, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        var problem = await Json(response);
        Assert.Equal((int)status, problem.GetProperty("status").GetInt32());
        Assert.Contains(says, $"{problem.GetProperty("title")} {problem.GetProperty("detail")}",
            StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await server.DisposeAsync();
        page.Dispose();
    }
}
