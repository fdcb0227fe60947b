using System.Text;
using Microsoft.AspNetCore.Http;

namespace MnistGpu.Program.Web.Live;

/// <summary>
/// The present state of something, in named parts, as server-sent events. One thread publishes; it hands over what a
/// part is made from, takes no lock and waits for nobody: parts are written out on the clients' side, once for all of
/// them, and only where there are any. A client gets the newest of each part whenever it has taken what came before, so
/// nothing queues up for one that is slow, and one that comes back gets the whole state.
/// </summary>
internal sealed class LiveFeed
{
    // A line that says nothing, from time to time, finds out who has gone.
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);

    private volatile Present present = new([], 0, hasEnded: false);
    private int clients;

    /// <summary>Whether somebody looks.</summary>
    public bool HasClients => Volatile.Read(ref clients) > 0;

    public bool HasEnded => present.HasEnded;

    /// <summary>
    /// Replaces a part. The content must not change afterwards: it is made, at most once, on another thread.
    /// </summary>
    public void Publish(string name, Func<object> content)
    {
        var id = present.Newest + 1;
        var part = new Part(name, id, new Lazy<byte[]>(() =>
            [.. Encoding.UTF8.GetBytes($"id: {id}\nevent: {name}\ndata: "), .. Answers.Serialize(content()),
            .. "\n\n"u8]));
        Replace(new Present([.. Array.FindAll(present.Parts, other => other.Name != name), part], id,
            present.HasEnded));
    }

    /// <summary>Nothing more will come: clients get what they have not yet, and are told so.</summary>
    public void End() => Replace(new Present(present.Parts, present.Newest, hasEnded: true));

    /// <summary>Waits until all clients have been told the end, but no longer than this.</summary>
    public async Task Drain(TimeSpan longest)
    {
        var until = Environment.TickCount64 + (long)longest.TotalMilliseconds;
        while (HasClients && Environment.TickCount64 < until)
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
                var now = present;
                foreach (var part in now.Parts)
                {
                    if (part.Version > seen)
                    {
                        await body.WriteAsync(part.Event.Value, cancel);
                    }
                }

                if (now.HasEnded)
                {
                    await body.WriteAsync("event: end\ndata: {}\n\n"u8.ToArray(), cancel);
                    await body.FlushAsync(cancel);
                    return;
                }

                seen = now.Newest;
                await body.FlushAsync(cancel);
                while (!await Comes(now.Replaced, cancel))
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

    private void Replace(Present next)
    {
        var before = present;
        present = next;
        before.Leave();
    }

    private sealed record Part(string Name, long Version, Lazy<byte[]> Event);

    /// <summary>What is so until it is replaced.</summary>
    private sealed class Present(Part[] parts, long newest, bool hasEnded)
    {
        // Whoever waits goes on on a thread of its own.
        private readonly TaskCompletionSource replaced = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>The newest of each part, oldest first.</summary>
        public Part[] Parts => parts;

        /// <summary>The version of the last.</summary>
        public long Newest => newest;

        /// <summary>Whether nothing more will come.</summary>
        public bool HasEnded => hasEnded;

        public Task Replaced => replaced.Task;

        public void Leave() => replaced.SetResult();
    }
}
