using System.Net;
using System.Net.Sockets;

namespace MnistGpu.Tests.Data.Sources;

/// <summary>A web server on this machine that answers each request as a test says.</summary>
internal sealed class LocalMirror : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly List<string> _requests = [];

    public LocalMirror(Action<HttpListenerContext> answer)
    {
        Address = $"http://127.0.0.1:{FreePort()}/mnist/";
        _listener.Prefixes.Add(Address);
        _listener.Start();
        _ = Task.Run(async () =>
        {
            while (true)
            {
                HttpListenerContext context;
                try
                {
                    context = await _listener.GetContextAsync();
                }
                catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
                {
                    return;
                }

                lock (_requests)
                {
                    var file = Path.GetFileName(context.Request.Url!.AbsolutePath);
                    _requests.Add($"{file} {context.Request.Headers["Range"]}".TrimEnd());
                }

                answer(context);
            }
        });
    }

    public string Address { get; }

    /// <summary>The file names asked for, each with the Range it came with.</summary>
    public string[] Requests
    {
        get
        {
            lock (_requests)
            {
                return [.. _requests];
            }
        }
    }

    /// <summary>An address that nobody listens at.</summary>
    public static string Nobody => $"http://127.0.0.1:{FreePort()}/mnist/";

    /// <summary>Sends a file whole, or from the byte that Range asks for.</summary>
    public static void Send(HttpListenerContext context, byte[] file)
    {
        var from = context.Request.Headers["Range"] is { } range ? int.Parse(range["bytes=".Length..^1]) : 0;
        if (from >= file.Length)
        {
            Refuse(context, 416);
            return;
        }

        if (from > 0)
        {
            context.Response.StatusCode = 206;
            context.Response.Headers["Content-Range"] = $"bytes {from}-{file.Length - 1}/{file.Length}";
        }

        context.Response.ContentLength64 = file.Length - from;
        context.Response.OutputStream.Write(file, from, file.Length - from);
        context.Response.Close();
    }

    /// <summary>Promises a whole file, sends the first bytes and hangs up.</summary>
    public static void SendPart(HttpListenerContext context, byte[] file, int bytes)
    {
        context.Response.ContentLength64 = file.Length;
        context.Response.OutputStream.Write(file, 0, bytes);
        context.Response.OutputStream.Flush();
        context.Response.Abort();
    }

    public static void Refuse(HttpListenerContext context, int status)
    {
        context.Response.StatusCode = status;
        context.Response.Close();
    }

    public void Dispose() => _listener.Close();

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
