using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using MnistGpu.Data.Formats;
using MnistGpu.Files;

namespace MnistGpu.Data.Sources;

/// <summary>
/// Brings data files from their mirrors. A file is checked before it gets its name; an interrupted one goes on where it
/// stopped; a mirror that refuses, stalls or sends something else is followed by the next.
/// </summary>
internal static class Downloader
{
    /// <summary>How long to wait for a connection: with two mirrors out of reach, 4 seconds in all.</summary>
    private static readonly TimeSpan ConnectPatience = TimeSpan.FromSeconds(2);

    /// <summary>How long to wait for an answer or for more bytes.</summary>
    private static readonly TimeSpan ReadPatience = TimeSpan.FromSeconds(6);

    /// <summary>
    /// Where downloads are kept: $XDG_CACHE_HOME/mnistgpu or ~/.cache/mnistgpu; on Windows %LOCALAPPDATA%\mnistgpu.
    /// </summary>
    public static string CacheFolder
    {
        get
        {
            var root = OperatingSystem.IsWindows()
                ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
                : Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
            // The XDG specification has relative paths ignored.
            if (!Path.IsPathFullyQualified(root ?? ""))
            {
                var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
                root = home.Length > 0 ? Path.Combine(home, ".cache") : Path.GetTempPath();
            }

            return Path.Combine(root!, "mnistgpu");
        }
    }

    /// <summary>
    /// Brings MNIST's files into the user's cache, those that are not there whole; returns the folder.
    /// </summary>
    /// <exception cref="UserErrorException">No mirror gave a file, or the cache cannot be written to.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> was signalled; what has come so far is
    /// kept for the next time.</exception>
    public static string Fetch(DataRequest request, CancellationToken cancel) =>
        Fetch(DataManifest.Mnist, CacheFolder, request, cancel);

    /// <summary>Brings a manifest's files into a folder, those that are not there whole; returns the folder.</summary>
    /// <inheritdoc cref="Fetch(DataRequest, CancellationToken)"/>
    public static string Fetch(DataManifest manifest, string folder, DataRequest request, CancellationToken cancel)
    {
        Sha256.Require();
        try
        {
            Directory.CreateDirectory(folder);
            using var handler = new SocketsHttpHandler { ConnectTimeout = ConnectPatience };
            using var client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
            // A mirror that was out of reach for one file is not asked for the next.
            var mirrors = manifest.Mirrors.ToList();
            if (manifest.Archive is { } archive)
            {
                var path = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(folder))!, archive.Kept);
                // Each got its name when it was whole.
                if (!manifest.Files.All(file => File.Exists(Path.Combine(folder, file.Name + ".gz"))))
                {
                    var wanted = new Wanted(archive.Name, path, archive.Bytes, "SHA-256",
                        kept => DownloadCheck.Fault(kept, archive, cancel));
                    FetchFile(client, mirrors, manifest, wanted, request, cancel).GetAwaiter().GetResult();
                    request.Say?.Invoke($"taking {manifest.Name} out of {path}, which stays for its other sets");
                    TakeOut(manifest, path, folder, cancel);
                }

                return folder;
            }

            foreach (var file in manifest.Files)
            {
                var (name, check) = (file.Name + ".gz", file.Sha256 is null ? "MD5 or size" : "SHA-256");
                var wanted = new Wanted(name, Path.Combine(folder, name), file.Bytes,
                    check, path => DownloadCheck.IsWhole(path, file, cancel) ? null : $"its {check} is wrong");
                FetchFile(client, mirrors, manifest, wanted, request, cancel).GetAwaiter().GetResult();
            }

            return folder;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{manifest.Name} cannot be kept", where: folder,
                expected: "a folder that can be written to", found: e.Message,
                todo: "make room there, or wait if another download is running", inner: e);
        }
    }

    /// <summary>Takes a set's files out of their archive.</summary>
    private static void TakeOut(DataManifest manifest, string path, string folder, CancellationToken cancel)
    {
        using var zip = SourcePart.Reading(path, () => ZipFile.OpenRead(path));
        foreach (var file in manifest.Files)
        {
            var name = file.Name + ".gz";
            var entry = zip.Entries.FirstOrDefault(entry => entry.Name == name)
                ?? throw new UserErrorException($"{manifest.Name} is not in its archive", where: path,
                    expected: name, found: $"{zip.Entries.Count} other files", todo: "take another copy of it");
            AtomicFile.Write(Path.Combine(folder, name), stream =>
            {
                using var packed = SourcePart.Reading(path, entry.Open);
                var buffer = new byte[1 << 16];
                // What cannot be written is no fault of the archive.
                for (int got; (got = SourcePart.Reading(path, () => packed.Read(buffer))) > 0;)
                {
                    cancel.ThrowIfCancellationRequested();
                    stream.Write(buffer, 0, got);
                }
            });
        }
    }

    private static async Task FetchFile(HttpClient client, List<string> mirrors, DataManifest manifest, Wanted file,
        DataRequest request, CancellationToken cancel)
    {
        var (name, path) = (file.Name, file.Path);
        var part = path + ".part";
        var wrong = File.Exists(path) ? file.Fault(path) : null;
        if (wrong is null && File.Exists(path))
        {
            return;
        }

        if (wrong is not null && mirrors.Count > 0)
        {
            request.Say?.Invoke($"{path} is not what it should be and will be replaced: {wrong}");
        }

        var failures = new List<string>();
        foreach (var mirror in mirrors.ToArray())
        {
            var address = new Uri(mirror + name);
            // What an earlier attempt left may be of other bytes than this mirror's: then once more from the start.
            while (true)
            {
                bool resumed;
                try
                {
                    request.Say?.Invoke($"downloading {address}");
                    resumed = await Receive(client, address, part, file, request, cancel).ConfigureAwait(false);
                }
                catch (Exception e) when (!cancel.IsCancellationRequested
                    && e is HttpRequestException or HttpIOException or OperationCanceledException)
                {
                    failures.Add($"{address.Host}: {Reason(e, address, HttpClient.DefaultProxy)}");
                    if (e is OperationCanceledException or HttpRequestException { StatusCode: null })
                    {
                        mirrors.Remove(mirror);
                    }

                    break;
                }

                if (file.Fault(part) is null)
                {
                    File.Move(part, path, overwrite: true);
                    return;
                }

                File.Delete(part);
                if (!resumed)
                {
                    failures.Add($"{address.Host}: sent something else (its {file.Check} is wrong)");
                    break;
                }
            }
        }

        throw new UserErrorException($"{manifest.Name} could not be downloaded", where: name,
            found: failures.Count > 0 ? string.Join("; ", failures)
                : wrong is not null ? $"{path}, of which {wrong}" : "no mirror left to ask",
            todo: $"check the network and try again, or put it into {Path.GetDirectoryName(path)} yourself "
                + "(data/README.md)");
    }

    /// <summary>Why an address could not be read, with the proxy in the way, if there is one.</summary>
    internal static string Reason(Exception e, Uri address, IWebProxy proxies)
    {
        var reason = e is OperationCanceledException ? "no answer in time"
            : e.InnerException is SocketException socket ? socket.Message : e.Message;
        // Without the name and the password that may stand in its address.
        return proxies.IsBypassed(address) || proxies.GetProxy(address) is not { } proxy ? reason
            : $"through the proxy {proxy.Scheme}://{proxy.Host}:{proxy.Port}: {reason} (the environment variables "
                + "https_proxy and no_proxy say what goes through it)";
    }

    /// <summary>
    /// Receives a file into its .part, from where that stops. Returns whether it went on from an earlier attempt.
    /// </summary>
    private static async Task<bool> Receive(HttpClient client, Uri address, string part, Wanted file,
        DataRequest request, CancellationToken cancel)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        using var output = new FileStream(part, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None, 1 << 16);
        var have = output.Length;
        using var ask = new HttpRequestMessage(HttpMethod.Get, address);
        if (have > 0)
        {
            ask.Headers.Range = new RangeHeaderValue(have, null);
        }

        patience.CancelAfter(ReadPatience);
        using var answer = await client.SendAsync(ask, HttpCompletionOption.ResponseHeadersRead,
            patience.Token).ConfigureAwait(false);
        if (answer.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            // Nothing comes after what is here: whole, or not of this mirror; the check will tell.
            return true;
        }

        answer.EnsureSuccessStatusCode();
        var resumed = answer.StatusCode == HttpStatusCode.PartialContent
            && answer.Content.Headers.ContentRange?.From == have;
        if (!resumed)
        {
            if (answer.StatusCode == HttpStatusCode.PartialContent)
            {
                throw new HttpRequestException("another part of the file was sent than was asked for");
            }

            have = 0;
            output.SetLength(0);
        }

        output.Position = have;
        // Packing never makes a file much larger: more than this is something else.
        var most = file.Bytes + file.Bytes / 10 + 4096;
        var total = have + answer.Content.Headers.ContentLength ?? file.Bytes;
        using var input = await answer.Content.ReadAsStreamAsync(patience.Token).ConfigureAwait(false);
        var buffer = new byte[1 << 16];
        while (have <= most)
        {
            request.OnDownload?.Invoke(new DownloadProgress(file.Shown, have, total));
            patience.CancelAfter(ReadPatience);
            var got = await Read(input, buffer, patience.Token).ConfigureAwait(false);
            if (got == 0)
            {
                break;
            }

            await output.WriteAsync(buffer.AsMemory(0, got), cancel).ConfigureAwait(false);
            have += got;
        }

        output.Flush(flushToDisk: true);
        return resumed;
    }

    /// <summary>Reads from the network; a broken connection is not to be mistaken for a full disk.</summary>
    private static async ValueTask<int> Read(Stream input, byte[] buffer, CancellationToken cancel)
    {
        try
        {
            return await input.ReadAsync(buffer, cancel).ConfigureAwait(false);
        }
        catch (IOException e) when (e is not HttpIOException)
        {
            throw new HttpIOException(HttpRequestError.ResponseEnded, e.Message, e);
        }
    }

    /// <summary>A file to bring.</summary>
    /// <param name="Name">Its name on the mirrors.</param>
    /// <param name="Path">Where it belongs.</param>
    /// <param name="Bytes">Its size, unpacked.</param>
    /// <param name="Check">What must be right of it, in words.</param>
    /// <param name="Fault">What is wrong with the file at a path, in words; null where it is this one.</param>
    private sealed record Wanted(string Name, string Path, long Bytes, string Check, Func<string, string?> Fault)
    {
        /// <summary>Its name for people.</summary>
        public string Shown => Name.EndsWith(".gz", StringComparison.Ordinal) ? Name[..^3] : Name;
    }
}
