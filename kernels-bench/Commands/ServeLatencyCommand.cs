using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using MnistGpu.Bench.Measuring;
using MnistGpu.Data.Synthetic;

namespace MnistGpu.Bench.Commands;

/// <summary>
/// How long a running `mnistgpu serve` takes to answer POST /api/predict: every client has a connection of its own and
/// asks at even times, whether or not
/// the others are answered. An answer's time counts from when it was due to be asked for, so that a server that stalls
/// cannot hide it.
/// </summary>
internal static class ServeLatencyCommand
{
    /// <summary>A page that is drawn on asks about this often.</summary>
    private const double PerClient = 50;

    /// <summary>All clients together ask no oftener: half of what the server lets one address ask.</summary>
    private const double Together = 1000;

    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(2);

    /// <summary>Measures and prints. Returns 0, or 1 where a request was not answered.</summary>
    /// <exception cref="UserErrorException">The address or a number is wrong, or nobody answers.</exception>
    public static async Task<int> Run(string url, string clients, CommonOptions options, CancellationToken cancel)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var server) || server.Scheme != "http")
        {
            throw new UserErrorException("This is no address", where: "url",
                expected: "what mnistgpu serve prints: http://127.0.0.1:5080/", found: $"'{url}'");
        }

        var counts = clients.Split(',').Select(text => int.TryParse(text, out var count) && count is >= 1 and <= 200
            ? count
            : throw new UserErrorException("This number of clients cannot be", where: "--clients",
                expected: "numbers from 1 to 200, joined by commas", found: $"'{text}'")).ToArray();
        var images = SyntheticDigits.Draw(100, 1, SyntheticPart.Test, cancel);
        var bodies = Enumerable.Range(0, images.Count)
            .Select(j => Encoding.ASCII.GetBytes($"{{\"pixels\":[{string.Join(',', images.Image(j).ToArray())}]}}"))
            .ToArray();
        var rows = new List<object>();
        var failures = 0;
        options.Say($"{"clients",7} {"asked/s",9} {"median",10} {"99th",10} {"longest",10} {"answers",9} {"failed",7}");
        foreach (var count in counts)
        {
            var (seconds, failed) = await Measure(server, count, bodies, options.Seconds, cancel);
            if (seconds.Length == 0)
            {
                throw new UserErrorException("Nobody answers", where: "url", expected: "a running mnistgpu serve",
                    found: $"{failed} requests that failed at {server}",
                    todo: "start it, and give the address it prints");
            }

            failures += failed;
            Array.Sort(seconds);
            var (median, p99, rate) = (At(seconds, 0.5), At(seconds, 0.99), Math.Min(PerClient * count, Together));
            options.Say($"{count,7} {rate,9:0} {1e3 * median,7:0.00} ms {1e3 * p99,7:0.00} ms "
                + $"{1e3 * seconds[^1],7:0.00} ms {seconds.Length,9:N0} {failed,7}");
            rows.Add(new
            {
                clients = count,
                askedPerSecond = rate,
                medianSeconds = median,
                p99Seconds = p99,
                longestSeconds = seconds[^1],
                answers = seconds.Length,
                failed
            });
        }

        if (options.Json)
        {
            Console.WriteLine(JsonSerializer.Serialize(new { url = server, machine = Machine.Read(), rows }));
        }

        return failures == 0 ? 0 : 1;
    }

    /// <summary>The value that this share of the sorted samples does not exceed.</summary>
    private static double At(double[] sorted, double share) =>
        sorted[Math.Max(0, (int)Math.Ceiling(share * sorted.Length) - 1)];

    private static async Task<(double[] Seconds, int Failed)> Measure(Uri server, int clients, byte[][] bodies,
        double seconds, CancellationToken cancel)
    {
        var interval = TimeSpan.FromSeconds(clients / Math.Min(PerClient * clients, Together));
        var samples = new List<double>[clients];
        var failed = 0;
        var start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, clients).Select(client => Task.Run(async () =>
        {
            samples[client] = [];
            // A handler of its own is a connection of its own.
            using var http = new HttpClient { BaseAddress = server, Timeout = TimeSpan.FromSeconds(30) };
            for (var i = 0; ; i++)
            {
                var due = interval * (i + (double)client / clients);
                if (due > WarmUp + TimeSpan.FromSeconds(seconds))
                {
                    return;
                }

                if (due - Stopwatch.GetElapsedTime(start) is { Ticks: > 0 } wait)
                {
                    await Task.Delay(wait, cancel);
                }

                // A timer wakes up to a millisecond late, which is not the server's doing; a client that is behind is.
                var late = Stopwatch.GetElapsedTime(start) - due;
                var asked = late < TimeSpan.FromMilliseconds(2) ? Stopwatch.GetElapsedTime(start) : due;
                if (!await Ask(http, bodies[(client + i) % bodies.Length], cancel))
                {
                    Interlocked.Increment(ref failed);
                }
                else if (due >= WarmUp)
                {
                    samples[client].Add((Stopwatch.GetElapsedTime(start) - asked).TotalSeconds);
                }
            }
        }, cancel)));
        return (samples.SelectMany(s => s).ToArray(), failed);
    }

    private static async Task<bool> Ask(HttpClient http, byte[] body, CancellationToken cancel)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        try
        {
            using var response = await http.PostAsync("api/predict", content, cancel);
            await response.Content.ReadAsByteArrayAsync(cancel);
            return response.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException
            || (e is TaskCanceledException && !cancel.IsCancellationRequested))
        {
            return false;
        }
    }
}
