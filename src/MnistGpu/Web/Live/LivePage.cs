using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MnistGpu.Program.Web.Live;

/// <summary>The page that shows a training as it goes: its files, its events, and its stop button.</summary>
internal sealed class LivePage(LiveFeed feed, Action stop)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        Pages.MapAt(routes, "/", "live.html");
        Pages.Map(routes, "live.css", "live.js", "follow.js", "colours.js", "style.css", "charts.css", "report.css",
            "icon.svg");
        routes.MapGet("/api/events", feed.Serve);
        routes.MapPost("/api/stop", Stop);
    }

    private Task Stop(HttpContext context)
    {
        if (feed.HasEnded)
        {
            throw new RequestRefusedException(StatusCodes.Status409Conflict, "There is nothing to stop",
                "the training has ended");
        }

        stop();
        context.Response.StatusCode = StatusCodes.Status202Accepted;
        return Answers.Json(context, new { Stopping = true });
    }
}
