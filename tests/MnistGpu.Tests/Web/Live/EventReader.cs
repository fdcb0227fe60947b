using System.Globalization;
using System.Text.Json;

namespace MnistGpu.Tests.Web.Live;

/// <summary>One server-sent event.</summary>
internal sealed record LiveEvent(long Id, string Name, JsonElement Data);

/// <summary>Reads server-sent events as a browser does (HTML Standard, "Server-sent events").</summary>
internal static class EventReader
{
    /// <summary>The events until the stream ends.</summary>
    public static async IAsyncEnumerable<LiveEvent> Read(HttpClient http, Uri url)
    {
        var cancel = TestContext.Current.CancellationToken;
        using var response = await http.GetAsync(new Uri(url, "api/events"), HttpCompletionOption.ResponseHeadersRead,
            cancel);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancel));
        var (id, name, data) = (0L, "", "");
        while (await reader.ReadLineAsync(cancel) is { } line)
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            var value = colon < 0 ? "" : line[(colon + 1)..].TrimStart(' ');
            switch (colon < 0 ? line : line[..colon])
            {
                case "id":
                    id = long.Parse(value, CultureInfo.InvariantCulture);
                    break;
                case "event":
                    name = value;
                    break;
                case "data":
                    data = value;
                    break;
                case "" when line.Length == 0 && name.Length > 0:
                    yield return new LiveEvent(id, name, JsonDocument.Parse(data).RootElement);
                    (name, data) = ("", "");
                    break;
            }
        }
    }

    public static async Task<List<LiveEvent>> ReadAll(Uri url)
    {
        using var http = new HttpClient();
        var events = new List<LiveEvent>();
        await foreach (var part in Read(http, url))
        {
            events.Add(part);
        }

        return events;
    }
}
