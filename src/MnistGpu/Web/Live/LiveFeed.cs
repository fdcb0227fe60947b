using System.Text;
using Microsoft.AspNetCore.Http;

namespace MnistGpu.Program.Web.Live;

/// <summary>
/// The present state of something, in named parts, as server-sent events. Whoever publishes hands over what a part is made from and never waits: parts are
/// written out on the clients' side, once for all of them, and only where there are any. A client gets the newest of each part whenever it has taken what came
/// before, so nothing queues up for one that is slow, and one that comes back gets the whole state.
/// </summary>
internal sealed class LiveFeed
{
    // A line that says nothing, from time to time, finds out who has gone.
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);

    private readonly Lock gate = new();
    private readonly Dictionary<string, (long Version, Lazy<byte[]> Event)> parts = [];
    private TaskCompletionSource changed = NewSignal();
    private long version;
    private bool hasEnded;
    private int clients;

    /// <summary>Whether somebody looks.</summary>
    public bool HasClients => Volatile.Read(ref clients) > 0;

    public bool HasEnded
    {
        get
        {
            lock (gate)
            {
                return hasEnded;
            }
        }
    }

    /// <summary>Replaces a part. The content must not change afterwards: it is made, at most once, on another thread.</summary>
    public void Publish(string name, Func<object> content)
    {
        lock (gate)
        {
            var id = ++version;
            parts[name] = (id, new Lazy<byte[]>(() => [.. Encoding.UTF8.GetBytes($"id: {id}\nevent: {name}\ndata: "), .. Answers.Serialize(content()), .. "\n\n"u8]));
            Signal();
        }
    }

    /// <summary>Nothing more will come: clients get what they have not yet, and are told so.</summary>
    public void End()
    {
        lock (gate)
        {
            hasEnded = true;
            Signal();
        }
    }

    /// <summary>Waits until all clients have been told the end, but no longer than this.</summary>
    public async Task Drain(TimeSpan longest)
    {
        var until = DateTime.UtcNow + longest;
        while (HasClients && DateTime.UtcNow < until)
        {
            await Task.Delay(5);
        }
    }

    /// <summary>Sends one client the events until the end, or until it goes.</summary>
    public async Task Serve(HttpContext context)
    {
        var (body, cancel) = (context.Response.Body, context.RequestAborted);
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-store";
        Interlocked.Increment(ref clients);
        try
        {
            // How long a browser waits before it comes back, in milliseconds.
            await body.WriteAsync("retry: 1000\n\n"u8.ToArray(), cancel);
            for (long seen = 0; ;)
            {
                var (events, newest, isEnd, next) = Since(seen);
                foreach (var part in events)
                {
                    await body.WriteAsync(part.Value, cancel);
                }

                if (isEnd)
                {
                    await body.WriteAsync("event: end\ndata: {}\n\n"u8.ToArray(), cancel);
                    await body.FlushAsync(cancel);
                    return;
                }

                seen = newest;
                await body.FlushAsync(cancel);
                while (!await Comes(next, cancel))
                {
                    await body.WriteAsync(":\n\n"u8.ToArray(), cancel);
                    await body.FlushAsync(cancel);
                }
            }
        }
        finally
        {
            Interlocked.Decrement(ref clients);
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static async Task<bool> Comes(Task next, CancellationToken cancel)
    {
        try
        {
            await next.WaitAsync(Heartbeat, cancel);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private void Signal()
    {
        changed.SetResult();
        changed = NewSignal();
    }

    /// <summary>The parts newer than a version, oldest first.</summary>
    private (Lazy<byte[]>[] Events, long Newest, bool IsEnd, Task Next) Since(long seen)
    {
        lock (gate)
        {
            return ([.. parts.Values.Where(part => part.Version > seen).OrderBy(part => part.Version).Select(part => part.Event)], version, hasEnded, changed.Task);
        }
    }
}
