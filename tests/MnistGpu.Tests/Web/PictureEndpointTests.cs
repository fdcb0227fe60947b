using System.Net;
using System.Net.Http.Headers;
using MnistGpu.Data;
using MnistGpu.Data.Pictures;
using MnistGpu.Data.Synthetic;
using MnistGpu.Training;

namespace MnistGpu.Tests.Web;

/// <summary>Pictures sent to the server: several digits, photos that are turned, and what is too much work.</summary>
public sealed class PictureEndpointTests : IAsyncLifetime
{
    private const int Width = 220;
    private const int Height = 100;

    private static readonly DigitSet Digits = SyntheticDigits.Draw(20, 3, SyntheticPart.Test);

    private ServedModel served = null!;

    public async ValueTask InitializeAsync() => served = await ServedModel.StartSmall();

    public ValueTask DisposeAsync() => served.DisposeAsync();

    [Fact]
    public async Task EachOfSeveralDigitsIsAnswered()
    {
        var gray = Enumerable.Repeat((byte)255, Width * Height).ToArray();
        for (var i = 0; i < 2 * 784; i++)
        {
            // Two side by side, each pixel three wide.
            int digit = i / 784, x = 10 + 110 * digit + 3 * (i % 28), y = 8 + 3 * (i % 784 / 28);
            for (var row = 0; row < 3; row++)
            {
                gray.AsSpan((y + row) * Width + x, 3).Fill((byte)(255 - Digits.Image(digit + 1)[i % 784]));
            }
        }

        var found = HandwrittenImage.Find(gray, Width, Height);
        Assert.Equal(2, found.Count);
        var answer = await ServedModel.Json(await Send("api/drawing?width=" + Width, gray, "application/octet-stream"));
        Assert.Equal(System.Text.Json.JsonValueKind.Null, answer.GetProperty("digit").ValueKind);
        var digits = answer.GetProperty("digits").EnumerateArray().ToArray();
        Assert.Equal(2, digits.Length);
        for (var i = 0; i < 2; i++)
        {
            var expected = served.Expected(found[i].Pixels);
            Assert.Equal(expected, digits[i].GetProperty("probabilities").EnumerateArray().Select(p => p.GetDouble()));
            Assert.Equal(Evaluation.Best(expected), digits[i].GetProperty("digit").GetInt32());
            Assert.Equal(Certainty.From(expected.Max()), digits[i].GetProperty("certainty").GetString());
            Assert.Equal(found[i].Pixels, digits[i].GetProperty("pixels").GetBytesFromBase64());
        }
    }

    [Fact]
    public async Task AJpegThatTakesTooLongIsRefusedAndHoldsUpNobody()
    {
        // 6000 × 4000 pixels of three colours, progressive, in 240 scans that hold nothing.
        byte[] bomb =
        [
            .. Convert.FromHexString("FFD8" + "FFDB004300"), .. Enumerable.Repeat((byte)1, 64),
            .. Convert.FromHexString("FFC20011" + "08" + "0FA01770" + "03" + "011100" + "021100" + "031100"
                + "FFC40014" + "00" + "01000000000000000000000000000000" + "00"),
            .. Enumerable.Repeat(Convert.FromHexString("FFDA000C" + "03" + "0100" + "0200" + "0300" + "000000"), 240)
                .SelectMany(scan => scan),
            .. Convert.FromHexString("FFD9"),
        ];
        for (var i = 0; i < 4; i++)
        {
            await ServedModel.AssertRefused(HttpStatusCode.BadRequest, "takes too long to decode",
                await Send("api/predict", bomb, "image/jpeg"));
        }
    }

    private Task<HttpResponseMessage> Send(string path, byte[] body, string type)
    {
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue(type);
        return served.Client.PostAsync(path, content, TestContext.Current.CancellationToken);
    }
}
