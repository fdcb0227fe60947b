using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using MnistGpu.Data;
using MnistGpu.Data.Pictures;
using MnistGpu.Data.Synthetic;
using MnistGpu.Program.Web;
using MnistGpu.Tests.Support;

namespace MnistGpu.Tests.Web;

/// <summary>POST /api/predict and /api/drawing: what they answer, and what they refuse.</summary>
public sealed class PredictEndpointTests : IAsyncLifetime
{
    private static readonly DigitSet Digits = SyntheticDigits.Draw(20, 3, SyntheticPart.Test);
    private ServedModel served = null!;

    public async ValueTask InitializeAsync() => served = await ServedModel.StartSmall();

    public ValueTask DisposeAsync() => served.DisposeAsync();

    [Fact]
    public async Task NumbersAreAnsweredAsTheEngineDoes()
    {
        for (var j = 0; j < Digits.Count; j++)
        {
            var response = await served.Predict(Digits.Image(j));
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            var answer = await ServedModel.Json(response);
            var expected = served.Expected(Digits.Image(j));
            Assert.Equal(expected, answer.GetProperty("probabilities").EnumerateArray().Select(p => p.GetDouble()));
            Assert.Equal(Array.IndexOf(expected, expected.Max()), answer.GetProperty("digit").GetInt32());
            Assert.Equal(2, answer.EnumerateObject().Count());
        }
    }

    [Fact]
    public async Task NumbersBetweenWholeOnesAreRounded()
    {
        var text = "{\"more\": {}, \"pixels\": ["
            + string.Join(", ", Digits.Image(0).ToArray()
            .Select((p, i) => p is > 0 and < 255 ? $"{p}.{(i % 2 == 0 ? "4" : "0e0")}" : $"{p}")) + "]}";
        var answer = await ServedModel.Json(await served.Predict(new StringContent(text, Encoding.UTF8,
            "application/json")));
        Assert.Equal(served.Expected(Digits.Image(0)), answer.GetProperty("probabilities").EnumerateArray()
            .Select(p => p.GetDouble()));
    }

    [Fact]
    public async Task APictureIsLaidOutAsPredictDoes()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("digit.png");
        ContactSheet.Write(path, Digits, 1, 1);
        var pixels = HandwrittenImage.Read(path);
        var predicted = await ServedModel.Json(await served.Predict(Picture(File.ReadAllBytes(path))));
        Assert.Equal(served.Expected(pixels), predicted.GetProperty("probabilities").EnumerateArray()
            .Select(p => p.GetDouble()));
        var drawn = await ServedModel.Json(await served.Client.PostAsync("api/drawing",
            Picture(File.ReadAllBytes(path)), TestContext.Current.CancellationToken));
        Assert.Equal(pixels, drawn.GetProperty("pixels").GetBytesFromBase64());
    }

    [Fact]
    public async Task ADrawingIsAnsweredWithWhatTheNetworkSawAndDid()
    {
        const int Width = 100, Height = 80;
        var gray = Enumerable.Repeat((byte)255, Width * Height).ToArray();
        for (var y = 20; y < 60; y++)
        {
            gray.AsSpan(y * Width + 45, 6).Clear();
        }

        var pixels = HandwrittenImage.Prepare(gray, Width, Height);
        var answer = await ServedModel.Json(await Draw(gray, $"api/drawing?width={Width}"));
        Assert.Equal(pixels, answer.GetProperty("pixels").GetBytesFromBase64());
        Assert.Equal(served.Expected(pixels), answer.GetProperty("probabilities").EnumerateArray()
            .Select(p => p.GetDouble()));
        Assert.Equal(HiddenUnits.From(served.State)!.Activations(pixels), answer.GetProperty("hidden").EnumerateArray()
            .Select(layer => layer.EnumerateArray().Select(a => a.GetDouble()).ToArray()));
    }

    [Theory]
    [InlineData("", "no JSON")]
    [InlineData("{\"pixels\": [1, 2", "no JSON")]
    [InlineData("{\"pixels\": [NaN]}", "no JSON")]
    [InlineData("[1, 2, 3]", "no object")]
    [InlineData("{\"pixel\": []}", "no object")]
    [InlineData("{\"pixels\": 784}", "no object")]
    [InlineData("{\"pixels\": []}", "0 elements")]
    [InlineData("{\"pixels\": [783 × 0]}", "783 elements")]
    [InlineData("{\"pixels\": [785 × 0]}", "785 elements")]
    [InlineData("{\"pixels\": [783 × 0, 256]}", "pixels[783] is 256")]
    [InlineData("{\"pixels\": [783 × 0, -1]}", "pixels[783] is -1")]
    [InlineData("{\"pixels\": [783 × 0, -0.01]}", "is -0.01")]
    [InlineData("{\"pixels\": [783 × 0, 255.4]}", "is 255.4")]
    [InlineData("{\"pixels\": [783 × 0, 1e999]}", "is 1e999")]
    [InlineData("{\"pixels\": [783 × 0, \"NaN\"]}", "is \"NaN\"")]
    [InlineData("{\"pixels\": [783 × 0, null]}", "is null")]
    [InlineData("[[[[[[[[[[]]]]]]]]]]", "depth")]
    public async Task JsonThatIsNoImageIsRefusedInWords(string body, string says)
    {
        foreach (var count in (int[])[783, 785])
        {
            body = body.Replace($"{count} × 0", string.Join(',', Enumerable.Repeat("0", count)),
                StringComparison.Ordinal);
        }

        await ServedModel.AssertRefused(HttpStatusCode.BadRequest, says,
            await served.Predict(new StringContent(body, Encoding.UTF8, "application/json")));
    }

    [Fact]
    public async Task JsonWithTextThatIsNoUnicodeIsRefusedInWords()
    {
        foreach (var body in (byte[][])
        [
            [.. "{\"pixels\": [\""u8, 0xFF, .. Encoding.UTF8.GetBytes("\"" + string.Concat(Enumerable.Repeat(",0", 783))
                + "]}")],
            [.. """{"\ud800xxxx": 1}"""u8],
        ])
        {
            await ServedModel.AssertRefused(HttpStatusCode.BadRequest, "no JSON",
                await served.Predict(Picture(body, "application/json")));
        }
    }

    [Theory]
    [InlineData("image/png", "", "empty file")]
    [InlineData("image/png", "hello", "no picture")]
    [InlineData("image/png",
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII=", "blank")]
    [InlineData("image/jpeg", "/9j/4AAQSkZJRgABAQ==", "ends in the middle")]
    public async Task APictureThatIsNoneIsRefusedInWords(string type, string base64, string says)
    {
        var body = base64 == "hello" ? "hello"u8.ToArray() : Convert.FromBase64String(base64);
        await ServedModel.AssertRefused(HttpStatusCode.BadRequest, says, await served.Predict(Picture(body, type)));
    }

    [Fact]
    public async Task APictureOfTooManyPixelsIsNotDecoded()
    {
        // A PNG that says it is 30,000 × 30,000: signature, the header's length and name, width, height, 8 bits of
        // grey; then pixels.
        var header = Convert.FromHexString("89504E470D0A1A0A" + "0000000D49484452" + "00007530" + "00007530"
            + "0800000000" + "00000000" + "00000040" + "49444154");
        await ServedModel.AssertRefused(HttpStatusCode.BadRequest, "24 megapixels",
            await served.Predict(Picture([.. header, .. new byte[64]])));
    }

    [Theory]
    [InlineData(null, "none")]
    [InlineData("text/plain", "text/plain")]
    [InlineData("image/gif", "image/gif")]
    [InlineData("application/x-www-form-urlencoded", "urlencoded")]
    public async Task AnotherTypeOfBodyIsRefused(string? type, string says)
    {
        var body = new ByteArrayContent("{}"u8.ToArray());
        body.Headers.ContentType = type is null ? null : new MediaTypeHeaderValue(type);
        await ServedModel.AssertRefused(HttpStatusCode.UnsupportedMediaType, says, await served.Predict(body));
    }

    [Fact]
    public async Task ACompressedBodyIsRefused()
    {
        var body = new StringContent("{}", Encoding.UTF8, "application/json");
        body.Headers.ContentEncoding.Add("gzip");
        await ServedModel.AssertRefused(HttpStatusCode.UnsupportedMediaType, "compressed", await served.Predict(body));
    }

    [Theory]
    [InlineData("application/json", (64 << 10) + 1, false)]
    [InlineData("application/json", (64 << 10) + 1, true)]
    [InlineData("image/png", (8 << 20) + 1, false)]
    [InlineData("image/png", (8 << 20) + 1, true)]
    public async Task ABodyThatIsTooLongIsRefused(string type, int length, bool chunked)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post,
            "api/predict")
        { Content = Picture(new byte[length], type) };
        request.Headers.TransferEncodingChunked = chunked;
        await ServedModel.AssertRefused(HttpStatusCode.RequestEntityTooLarge, $"{length - 1}",
            await served.Client.SendAsync(request, TestContext.Current.CancellationToken));
        Assert.Equal(HttpStatusCode.OK, (await served.Predict(Digits.Image(0))).StatusCode);
    }

    [Fact]
    public async Task TooManyBytesAtOnceAreRefusedForAMoment()
    {
        await using var tight = await ServedModel.StartSmall(new WebLimits { HeldPictureBytes = 20 << 10 });
        var response = await tight.Predict(Picture(new byte[1 << 20]));
        await ServedModel.AssertRefused(HttpStatusCode.ServiceUnavailable, "at once", response);
        Assert.Equal(TimeSpan.FromSeconds(1), response.Headers.RetryAfter!.Delta);
        Assert.Equal(HttpStatusCode.OK, (await tight.Predict(Digits.Image(0))).StatusCode);
    }

    [Fact]
    public async Task APictureThatWaitsForADecoderStillCounts()
    {
        // Nothing is decoded, so pictures wait for ever; there is room for one of these, and not for two.
        const int Bytes = 60 << 10, Room = 64 << 10;
        await using var tight = await ServedModel.StartSmall(new WebLimits
        {
            HeldPictureBytes = 100 << 10,
            Decoders = 0
        });
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var waiting = tight.Client.PostAsync("api/predict", Picture(new byte[Bytes]), gone.Token);
        // Two that came at once could each be refused for the other's sake: the first has its memory before the second
        // comes.
        while (tight.HeldPictureBytes != Room)
        {
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }

        for (var another = 0; another < 2; another++)
        {
            await ServedModel.AssertRefused(
                HttpStatusCode.ServiceUnavailable, "at once", await tight.Predict(Picture(new byte[Bytes])));
        }

        Assert.Equal(HttpStatusCode.OK, (await tight.Predict(Digits.Image(0))).StatusCode);
        Assert.False(waiting.IsCompleted);
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    [Fact]
    public async Task ABodyThatTakesTooLongIsRefused()
    {
        await using var hasty = await ServedModel.StartSmall(new WebLimits { BodyTime = TimeSpan.FromSeconds(0.5) });
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, hasty.Url.Port, TestContext.Current.CancellationToken);
        await client.GetStream().WriteAsync(("POST /api/predict HTTP/1.1\r\nHost: localhost\r\n"u8
            + "Content-Type: application/json\r\nContent-Length: 5000\r\n\r\n{"u8).ToArray(),
            TestContext.Current.CancellationToken);
        using var answer = new StreamReader(client.GetStream());
        Assert.Contains("408", await answer.ReadLineAsync(TestContext.Current.CancellationToken),
            StringComparison.Ordinal);
        // The server waits no longer than its grace for the rest.
        Assert.Contains("within 0.5 seconds", await answer.ReadToEndAsync(TestContext.Current.CancellationToken),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task SendersThatOnlySayHowMuchWillComeHoldUpNobody()
    {
        var slow = new List<TcpClient>();
        try
        {
            for (var i = 0; i < 40; i++)
            {
                var client = new TcpClient();
                slow.Add(client);
                await client.ConnectAsync(IPAddress.Loopback, served.Url.Port, TestContext.Current.CancellationToken);
                await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes("POST /api/predict HTTP/1.1\r\nHost: "
                    + $"localhost\r\nContent-Type: image/png\r\nContent-Length: {8 << 20}\r\n\r\n1"),
                    TestContext.Current.CancellationToken);
            }

            for (var i = 0; i < 20; i++)
            {
                await ServedModel.AssertRefused(HttpStatusCode.BadRequest, "no picture",
                    await served.Predict(Picture("hello"u8.ToArray())));
                Assert.Equal(HttpStatusCode.OK, (await served.Predict(Digits.Image(0))).StatusCode);
            }
        }
        finally
        {
            slow.ForEach(client => client.Dispose());
        }
    }

    [Theory]
    [InlineData("api/drawing", 100, "width ''")]
    [InlineData("api/drawing?width=x", 100, "width 'x'")]
    [InlineData("api/drawing?width=0", 100, "width '0'")]
    [InlineData("api/drawing?width=7", 100, "100 bytes and width '7'")]
    [InlineData("api/drawing?width=10", 0, "0 bytes")]
    [InlineData("api/drawing?width=1", 600, "512")]
    [InlineData("api/drawing?width=10", 100, "blank")]
    public async Task ADrawingThatIsNoneIsRefusedInWords(string path, int length, string says) =>
        await ServedModel.AssertRefused(HttpStatusCode.BadRequest, says, await Draw(new byte[length], path));

    private static ByteArrayContent Picture(byte[] body, string type = "image/png")
    {
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue(type);
        return content;
    }

    private Task<HttpResponseMessage> Draw(byte[] gray, string path) =>
        served.Client.PostAsync(path, Picture(gray, "application/octet-stream"), TestContext.Current.CancellationToken);
}
