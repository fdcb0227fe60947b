using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace MnistGpu.Program.Web;

/// <summary>Answers as JSON, and refusals as JSON problems (RFC 9457).</summary>
internal static class Answers
{
    // What is sent is never part of a page, so quotes may stay readable.
    private static readonly JsonSerializerOptions Options =
        new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>As JSON on one line.</summary>
    public static byte[] Serialize<T>(T answer) => JsonSerializer.SerializeToUtf8Bytes(answer, Options);

    public static async Task Json<T>(HttpContext context, T answer, string type = "application/json; charset=utf-8")
    {
        var body = Serialize(answer);
        context.Response.ContentType = type;
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }

    /// <summary>Says why there is no answer. Nothing may have been answered yet.</summary>
    public static Task Problem(HttpContext context, RequestRefusedException refused)
    {
        context.Response.StatusCode = refused.Status;
        if (refused.RetryAfter is { } wait)
        {
            context.Response.Headers.RetryAfter = Math.Max(1, Math.Ceiling(wait.TotalSeconds))
                .ToString(CultureInfo.InvariantCulture);
        }

        return Json(context, new { Title = refused.What, refused.Status, Detail = refused.Why },
            "application/problem+json");
    }
}
