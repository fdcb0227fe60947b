using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using MnistGpu.Data;
using MnistGpu.Data.Pictures;
using MnistGpu.Data.Pictures.Ink;

namespace MnistGpu.Program.Web;

/// <summary>Turns the body of a request into the pixels that a network reads.</summary>
/// <param name="limits">What a client may send.</param>
/// <param name="shape">The images that the network reads.</param>
/// <param name="isDark">Whether digits are to be dark on light.</param>
internal sealed class ImageReader(WebLimits limits, DataShape shape, bool isDark) : IDisposable
{
    /// <summary>No side of a drawing is longer; pages send about 200.</summary>
    private const int MaxDrawingSide = 512;

    /// <summary>What errors call a picture that was sent.</summary>
    internal const string PictureName = "the picture";

    // Apart, so that no number of pictures keeps numbers and drawings out.
    private readonly BodyReader pictures = new(limits.HeldPictureBytes, limits.BodyTime);
    private readonly BodyReader others = new(limits.HeldOtherBytes, limits.BodyTime);

    private readonly SemaphoreSlim decoders = new(limits.Decoders);

    /// <summary>Bytes of memory that pictures take which come or wait for a decoder.</summary>
    internal long HeldPictureBytes => pictures.Held;

    public void Dispose() => decoders.Dispose();

    /// <summary>
    /// The pixels as numbers in JSON; or a PNG, JPEG or BMP of any size: the digits in it from left to right, or the
    /// whole picture for a network that reads other things.
    /// </summary>
    /// <exception cref="RequestRefusedException">The body is neither, or too long.</exception>
    public async Task<IReadOnlyList<byte[]>> NumbersOrPicture(HttpContext context)
    {
        switch (MediaType(context.Request))
        {
            case "application/json":
                using (var body = await others.Read(context.Request, limits.NumbersBytes, context.RequestAborted))
                {
                    return [Numbers(body.Bytes)];
                }

            case "image/png" or "image/jpeg" or "image/bmp":
                return await Picture(context);
            case var other:
                throw NotTaken(other, "application/json, image/png, image/jpeg or image/bmp");
        }
    }

    /// <summary>The digits in a drawing, grey bytes row by row, its width in the query; or in a picture.</summary>
    /// <exception cref="RequestRefusedException">The body is neither, or too long, or blank.</exception>
    public async Task<IReadOnlyList<byte[]>> DrawingOrPicture(HttpContext context)
    {
        switch (MediaType(context.Request))
        {
            case "application/octet-stream":
                using (var body = await others.Read(context.Request, MaxDrawingSide * MaxDrawingSide,
                    context.RequestAborted))
                {
                    return Drawing(body.Bytes, context.Request.Query["width"]);
                }

            case "image/png" or "image/jpeg" or "image/bmp":
                return await Picture(context);
            case var other:
                throw NotTaken(other, "application/octet-stream, image/png, image/jpeg or image/bmp");
        }
    }

    private static string MediaType(HttpRequest request)
    {
        if (request.Headers.ContentEncoding.Count > 0)
        {
            throw new RequestRefusedException(StatusCodes.Status415UnsupportedMediaType,
                "A compressed body is not taken", "send it as it is");
        }

        return MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
            ? type.MediaType.ToString().ToLowerInvariant() : "";
    }

    private byte[] Numbers(ArraySegment<byte> body)
    {
        try
        {
            using var json = JsonDocument.Parse(body.AsMemory(), new JsonDocumentOptions { MaxDepth = 8 });
            if (json.RootElement.ValueKind != JsonValueKind.Object
                || !json.RootElement.TryGetProperty("pixels", out var list) || list.ValueKind != JsonValueKind.Array)
            {
                throw Wrong("the body is no object with an array \"pixels\"");
            }

            if (list.GetArrayLength() != shape.Pixels)
            {
                throw Wrong($"\"pixels\" holds {list.GetArrayLength()} elements");
            }

            var pixels = new byte[shape.Pixels];
            var i = 0;
            foreach (var element in list.EnumerateArray())
            {
                // A number beyond what a double holds reads as infinity, and fails the test.
                if (element.ValueKind != JsonValueKind.Number || !element.TryGetDouble(out var level)
                    || level is not (>= 0 and <= 255))
                {
                    throw Wrong($"pixels[{i}] is {Shortened(element.GetRawText())}");
                }

                pixels[i++] = (byte)Math.Round(level);
            }

            return pixels;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The place is counted from 0. Text that is no Unicode is no operation: it is found only
            // where the text is read.
            throw new RequestRefusedException(StatusCodes.Status400BadRequest, "The body is no JSON",
                e is JsonException { LineNumber: { } line, BytePositionInLine: { } column }
                    ? $"line {line}, byte {column}: {Plain.Text(e.Message)}" : e.Message, e);
        }

        RequestRefusedException Wrong(string found) =>
            new(StatusCodes.Status400BadRequest, "These are not the pixels of an image",
                $"expected {{\"pixels\": [{shape.Pixels} numbers from 0 to 255]}}, row by row"
                    + $"{(shape.IsDigits ? ", 0 is the background" : "")}; {found}");
    }

    private List<byte[]> Drawing(ArraySegment<byte> gray, string? width)
    {
        if (!int.TryParse(width, out var columns) || columns is < 1 or > MaxDrawingSide || gray.Count == 0
            || gray.Count % columns != 0 || gray.Count / columns > MaxDrawingSide)
        {
            throw new RequestRefusedException(StatusCodes.Status400BadRequest, "This is no drawing",
                $"expected grey bytes row by row and ?width= with the bytes in a row, at most {MaxDrawingSide} × "
                    + $"{MaxDrawingSide}; found {gray.Count} bytes and width '{Shortened(width ?? "")}'");
        }

        return shape.IsDigits
            ? Prepared(() => HandwrittenImage.Find(gray, columns, gray.Count / columns, isDark))
            : throw new RequestRefusedException(StatusCodes.Status415UnsupportedMediaType,
                "This network reads no drawings", "expected a picture: it was trained on other things than digits");
    }

    /// <summary>
    /// The body is held, and counted, until it is decoded: what waits for a decoder takes memory too.
    /// </summary>
    private async Task<IReadOnlyList<byte[]>> Picture(HttpContext context)
    {
        using var body = await pictures.Read(context.Request, limits.PictureBytes, context.RequestAborted);
        await decoders.WaitAsync(context.RequestAborted);
        try
        {
            // Decoding ends with the client.
            return shape.IsDigits
                ? Prepared(() => HandwrittenImage.Find(body.Bytes, PictureName, isDark, limits.PicturePixels,
                    context.RequestAborted))
                : Whole(body.Bytes, context.RequestAborted);
        }
        finally
        {
            decoders.Release();
        }
    }

    private List<byte[]> Whole(ArraySegment<byte> picture, CancellationToken cancel)
    {
        try
        {
            return [SmallPicture.Decode(picture, PictureName, shape, limits.PicturePixels, cancel)];
        }
        catch (UserErrorException e)
        {
            throw RequestRefusedException.From(e);
        }
    }

    private static List<byte[]> Prepared(Func<IReadOnlyList<FoundDigit>> find)
    {
        try
        {
            return [.. find().Select(digit => digit.Pixels)];
        }
        catch (UserErrorException e)
        {
            throw RequestRefusedException.From(e);
        }
    }

    private static RequestRefusedException NotTaken(string type, string taken) =>
        new(StatusCodes.Status415UnsupportedMediaType, "This type of body is not taken",
        $"expected the Content-Type {taken}; found {(type.Length == 0 ? "none" : Shortened(type))}");

    private static string Shortened(string text) => text.Length <= 40 ? text : text[..40] + "…";
}
