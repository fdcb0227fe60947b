using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MnistGpu.Program.Web;

/// <summary>The pages, styles and scripts that are embedded in the program.</summary>
internal static class Pages
{
    private static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>Serves an embedded file at a path.</summary>
    public static void MapAt(IEndpointRouteBuilder routes, string path, string name)
    {
        var content = Read(name);
        var type = System.IO.Path.GetExtension(name) switch
        {
            ".html" => "text/html; charset=utf-8",
            ".css" => "text/css; charset=utf-8",
            ".js" => "text/javascript; charset=utf-8",
            ".svg" => "image/svg+xml",
            var other => throw new ArgumentException($"{other} is no kind of page", nameof(name)),
        };
        var tag = $"\"{Convert.ToHexStringLower(SHA256.HashData(content))[..16]}\"";
        routes.MapMethods(path, Methods, async context =>
        {
            context.Response.Headers.ETag = tag;
            if (context.Request.Headers.IfNoneMatch == tag)
            {
                context.Response.StatusCode = StatusCodes.Status304NotModified;
                return;
            }

            context.Response.ContentType = type;
            context.Response.ContentLength = content.Length;
            if (HttpMethods.IsGet(context.Request.Method))
            {
                await context.Response.Body.WriteAsync(content, context.RequestAborted);
            }
        });
    }

    /// <summary>Serves embedded files, each at its own name.</summary>
    public static void Map(IEndpointRouteBuilder routes, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            MapAt(routes, $"/{name}", name);
        }
    }

    /// <summary>An embedded file.</summary>
    public static byte[] Read(string name)
    {
        using var stream = typeof(Pages).Assembly.GetManifestResourceStream($"MnistGpu.Pages.{name}")
            ?? throw new ArgumentException($"There is no page {name}.", nameof(name));
        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        return content;
    }
}
