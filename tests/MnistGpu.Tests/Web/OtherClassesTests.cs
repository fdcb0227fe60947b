using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using MnistGpu.Data;
using MnistGpu.Data.Pictures;
using MnistGpu.Model;
using MnistGpu.Tests.Support;

namespace MnistGpu.Tests.Web;

/// <summary>A page for a network of other things than digits: pictures in, names out.</summary>
public sealed class OtherClassesTests : IAsyncLifetime
{
    private static readonly DataShape Shape = new(4, 3, 3, ["cat <b>", "dog"]);

    private ServedModel served = null!;

    public async ValueTask InitializeAsync() => served = await ServedModel.Start(
        Initialization.Draw(NetworkShape.Parse("36-5-2"), Start.He, 7), shape: Shape);

    public ValueTask DisposeAsync() => served.DisposeAsync();

    [Fact]
    public async Task NumbersAndPicturesAreAnsweredByTheClassesName()
    {
        var pixels = Enumerable.Range(0, 36).Select(i => (byte)(7 * i)).ToArray();
        var expected = served.Expected(pixels);
        var name = Shape.ClassNames[Array.IndexOf(expected, expected.Max())];
        var answer = await ServedModel.Json(await served.Predict(pixels));
        Assert.Equal(name, answer.GetProperty("class").GetString());
        Assert.Equal(expected, answer.GetProperty("probabilities").EnumerateArray().Select(p => p.GetDouble()));
        Assert.False(answer.TryGetProperty("digit", out _));

        using var folder = new TemporaryFolder();
        ContactSheet.Write(folder.File("one.png"), new DigitSet(pixels, new byte[1], "", Shape), 1, 1, zoom: 1);
        var picture = new ByteArrayContent(File.ReadAllBytes(folder.File("one.png")));
        picture.Headers.ContentType = new MediaTypeHeaderValue("image/png");
        answer = await ServedModel.Json(await served.Predict(picture));
        Assert.Equal(name, answer.GetProperty("class").GetString());
        Assert.Equal(expected, answer.GetProperty("probabilities").EnumerateArray().Select(p => p.GetDouble()));
    }

    [Fact]
    public async Task ThePageIsToldTheClassesAndDrawingsAreRefused()
    {
        var cancel = TestContext.Current.CancellationToken;
        var model = await ServedModel.Json(await served.Client.GetAsync("api/model", cancel));
        Assert.False(model.GetProperty("isDigits").GetBoolean());
        Assert.Equal((4, 3, 3), (model.GetProperty("width").GetInt32(), model.GetProperty("height").GetInt32(),
            model.GetProperty("channels").GetInt32()));
        Assert.Equal(["cat <b>", "dog"], model.GetProperty("classes").EnumerateArray().Select(c => c.GetString()));
        var drawing = new ByteArrayContent(new byte[100]);
        drawing.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        var response = await served.Client.PostAsync("api/drawing?width=10", drawing, cancel);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
        var wrong = await served.Predict(JsonContent.Create(new { pixels = new int[784] }));
        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
        Assert.Contains("36 numbers", await wrong.Content.ReadAsStringAsync(cancel), StringComparison.Ordinal);
    }
}
