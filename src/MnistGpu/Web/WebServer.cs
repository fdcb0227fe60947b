using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace MnistGpu.Program.Web;

/// <summary>
/// An HTTP server for pages of this program, with nothing from outside: no configuration files, no environment, no log.
/// It knows no page; what it serves is mapped by its caller.
/// </summary>
internal sealed class WebServer : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly RequestGuard guard;

    private WebServer(WebApplication app, RequestGuard guard, IPEndPoint endPoint)
    {
        this.app = app;
        this.guard = guard;
        Url = new Uri($"http://{Reachable(endPoint)}/");
    }

    /// <summary>Where a browser on this machine finds it.</summary>
    public Uri Url { get; }

    /// <summary>Listens and answers until disposed.</summary>
    /// <param name="endPoint">Where; port 0 for any that is free.</param>
    /// <param name="limits">What a client may ask.</param>
    /// <param name="map">Adds the endpoints.</param>
    /// <param name="portOption">The option that names the port, for messages.</param>
    /// <exception cref="UserErrorException">Nothing can listen there: the port is taken, or the address is not this
    /// machine's.</exception>
    public static async Task<WebServer> Start(
        IPEndPoint endPoint, WebLimits limits, Action<IEndpointRouteBuilder> map, string portOption = "--port")
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Configure(kestrel, endPoint, limits));
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton<IHostLifetime, CallersLifetime>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(1));
        var app = builder.Build();
        var guard = new RequestGuard(limits, IPAddress.IsLoopback(endPoint.Address));
        app.Use(next => context => guard.Invoke(context, next));
        app.UseRouting();
        map(app);
        app.UseEndpoints(_ => { });
        try
        {
            await app.StartAsync();
        }
        catch (Exception e) when (e is IOException or SocketException or UnauthorizedAccessException)
        {
            await app.DisposeAsync();
            guard.Dispose();
            throw Refused(endPoint, portOption, e);
        }

        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!;
        var bound = new Uri(addresses.Addresses.Single());
        return new WebServer(app, guard, new IPEndPoint(endPoint.Address, bound.Port));
    }

    /// <summary>Answers what is under way, for a second at most, and closes.</summary>
    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
        guard.Dispose();
    }

    private static void Configure(KestrelServerOptions kestrel, IPEndPoint endPoint, WebLimits limits)
    {
        var addresses = new AddressLimit(limits.ConnectionsPerAddress);
        kestrel.Listen(endPoint, listen => listen.Use(addresses.Around));
        kestrel.AddServerHeader = false;
        // Bodies are counted by whoever reads them, who can say more than the connection's end; this is the last
        // resort.
        kestrel.Limits.MaxRequestBodySize = 4L * limits.PictureBytes;
        // What a connection has sent ahead of its reader is counted by nobody: little of it, for there are many
        // connections.
        kestrel.Limits.MaxRequestBufferSize = 64 << 10;
        kestrel.Limits.MaxConcurrentConnections = limits.Connections;
        kestrel.Limits.MaxConcurrentUpgradedConnections = 0;
        kestrel.Limits.MaxRequestHeadersTotalSize = 16 << 10;
        kestrel.Limits.MaxRequestHeaderCount = 50;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        kestrel.Limits.KeepAliveTimeout = limits.IdleTime;
        // Who neither sends nor reads is let go. Every answer has the grace to be taken, however slow the line; the
        // rate only says how long bytes count that
        // the system's buffers took at once, which are megabytes.
        kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 240,
            gracePeriod: TimeSpan.FromSeconds(5));
        kestrel.Limits.MinResponseDataRate = new MinDataRate(bytesPerSecond: 1 << 20,
            gracePeriod: TimeSpan.FromSeconds(10));
    }

    private static string Reachable(IPEndPoint endPoint)
    {
        var address = endPoint.Address;
        address = address.Equals(IPAddress.Any)
            ? IPAddress.Loopback : address.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback : address;
        return new IPEndPoint(address, endPoint.Port).ToString();
    }

    private static UserErrorException Refused(IPEndPoint endPoint, string option, Exception e)
    {
        var error = (e as SocketException ?? e.InnerException as SocketException
            ?? e.InnerException?.InnerException as SocketException)?.SocketErrorCode;
        return error switch
        {
            SocketError.AddressAlreadyInUse => new UserErrorException($"Port {endPoint.Port} is taken", where: option,
                expected: "a port that no other program listens on",
                found: $"a program that listens on {endPoint}",
                    todo: "end that program, or give another port, 0 for any that is free", inner: e),
            SocketError.AccessDenied => new UserErrorException($"Port {endPoint.Port} may not be used", where: option,
                expected: "a port that this user may listen on", found: e.Message, todo: "give a port from 1024 on",
                    inner: e),
            _ => new UserErrorException("This address cannot be listened on", where: "--listen",
                expected: "an address of this machine", found: $"{endPoint}: {e.Message}",
                todo: "leave the option out, or give 0.0.0.0 for every address of this machine", inner: e),
        };
    }

    /// <summary>The host ends when its caller says so; signals are the caller's.</summary>
    private sealed class CallersLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
