using System.Net;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http;

namespace MnistGpu.Program.Web;

/// <summary>
/// What every request passes: headers that keep the page to itself, a host name that is this server's, and the rate.
/// Whatever is refused inside, and whatever fails, is answered as a JSON problem.
/// </summary>
internal sealed class RequestGuard(WebLimits limits, bool loopbackOnly) : IDisposable
{
    private readonly PartitionedRateLimiter<HttpContext> rate =
        PartitionedRateLimiter.Create<HttpContext, IPAddress>(context =>
        RateLimitPartition.GetTokenBucketLimiter(context.Connection.RemoteIpAddress ?? IPAddress.None, _ =>
            Rate(limits)));

    // The machine's own names are admitted only where others are meant to reach it.
    private readonly string[] names = loopbackOnly ? ["localhost"] : ["localhost", .. MachineNames.Own()];

    public async Task Invoke(HttpContext context, RequestDelegate next)
    {
        Headers(context.Response.Headers);
        try
        {
            RequireHost(context.Request);
            RequireSameSite(context.Request);
            if (context.Request.Path.StartsWithSegments("/api"))
            {
                RequireRate(context);
            }

            await next(context);
            if (context.Response is { HasStarted: false, ContentLength: null, StatusCode: >= 400 and var status })
            {
                await Answers.Problem(context, Unrouted(context, status));
            }
        }
        catch (RequestRefusedException refused) when (!context.Response.HasStarted)
        {
            await Answers.Problem(context, refused);
        }
        catch (BadHttpRequestException bad) when (!context.Response.HasStarted)
        {
            await Answers.Problem(context, new RequestRefusedException(bad.StatusCode, "The request cannot be read",
                bad.Message));
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            await Unreadable(context);
        }
        catch (Exception e) when (!context.Response.HasStarted)
        {
            Console.Error.WriteLine($"error: {Plain.Text(context.Request.Method)} {Plain.Text(context.Request.Path)} "
                + $"failed: {e.GetType().Name}: {Plain.Text(e.Message)}");
            await Answers.Problem(context, new RequestRefusedException(500, "The server failed",
                "this is a fault of the program, please report it"));
        }
    }

    /// <summary>
    /// The body is no body, such as one in chunks of an impossible length; or the client has gone, or the server ends,
    /// and there is nobody to tell.
    /// </summary>
    private static async Task Unreadable(HttpContext context)
    {
        try
        {
            if (!context.Response.HasStarted)
            {
                await Answers.Problem(context, new RequestRefusedException(StatusCodes.Status400BadRequest,
                    "The body cannot be read", "it is not sent as HTTP has it, or ended too early"));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
        }
    }

    public void Dispose() => rate.Dispose();

    /// <summary>A tenth of a second's tokens at a time, in whole ones, and so as often as gives the rate.</summary>
    internal static TokenBucketRateLimiterOptions Rate(WebLimits limits)
    {
        var tokens = Math.Max(1, limits.RequestsPerSecond / 10);
        return new TokenBucketRateLimiterOptions
        {
            TokenLimit = limits.Burst,
            TokensPerPeriod = tokens,
            ReplenishmentPeriod = TimeSpan.FromSeconds((double)tokens / limits.RequestsPerSecond),
            QueueLimit = 0,
        };
    }

    private static void Headers(IHeaderDictionary headers)
    {
        headers.ContentSecurityPolicy = "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors "
            + "'none'; object-src 'none'";
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers.CacheControl = "no-cache";
    }

    /// <summary>
    /// A page elsewhere can have its own name resolve to this machine (DNS rebinding) and would then pass for this
    /// server's own page; the name in its requests gives it away. An address is no name, so where others may reach the
    /// server every address will do.
    /// </summary>
    private void RequireHost(HttpRequest request)
    {
        var host = request.Host.Host;
        if (!names.Contains(host, StringComparer.OrdinalIgnoreCase)
            && !(IPAddress.TryParse(host.Trim('[', ']'), out var address)
            && (!loopbackOnly || IPAddress.IsLoopback(address))))
        {
            throw new RequestRefusedException(StatusCodes.Status421MisdirectedRequest,
                "This is not the name of this server",
                loopbackOnly ? "open it as http://localhost or http://127.0.0.1 with its port"
                    : "open it by its address or by the machine's name");
        }
    }

    /// <summary>
    /// No other site may make a browser send anything here. Browsers name the site in Origin, and say Sec-Fetch-Site
    /// only to this machine or over https.
    /// </summary>
    private static void RequireSameSite(HttpRequest request)
    {
        var origin = request.Headers.Origin.ToString();
        var foreign = request.Headers["Sec-Fetch-Site"].ToString() is "cross-site" or "same-site"
            || (origin.Length > 0 && !(Uri.TryCreate(origin, UriKind.Absolute, out var site)
                && site.Authority.Equals(request.Host.Value, StringComparison.OrdinalIgnoreCase)));
        if (foreign && !HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method))
        {
            throw new RequestRefusedException(StatusCodes.Status403Forbidden, "Other sites may not use this server",
                "ask it from its own page, or from a program");
        }
    }

    private void RequireRate(HttpContext context)
    {
        using var lease = rate.AttemptAcquire(context);
        if (!lease.IsAcquired)
        {
            throw new RequestRefusedException(StatusCodes.Status429TooManyRequests, "Too many requests",
                $"at most {limits.RequestsPerSecond} a second from one address")
            {
                RetryAfter = lease.TryGetMetadata(MetadataName.RetryAfter, out var wait)
                    ? wait : TimeSpan.FromSeconds(1),
            };
        }
    }

    /// <summary>Why no endpoint took the request.</summary>
    private static RequestRefusedException Unrouted(HttpContext context, int status) => status switch
    {
        StatusCodes.Status404NotFound => new(status, "There is nothing here",
            $"{context.Request.Path} is no page of this server"),
        StatusCodes.Status405MethodNotAllowed =>
            new(status, "This cannot be done here",
            $"{context.Request.Path} takes {context.Response.Headers.Allow}, not {context.Request.Method}"),
        _ => new(status, "The request was refused"),
    };
}
