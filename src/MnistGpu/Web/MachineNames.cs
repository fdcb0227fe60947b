using System.Net;
using System.Net.Sockets;

namespace MnistGpu.Program.Web;

/// <summary>The names by which others call this machine.</summary>
internal static class MachineNames
{
    /// <summary>How long to wait for a name service; without its answer the name is one less.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Its name, the one of multicast DNS (RFC 6762), and the full one with its domain where the system knows it. No
    /// others: whoever owns a domain can have any name in it lead to this machine, also one that begins with the
    /// machine's.
    /// </summary>
    public static IReadOnlyCollection<string> Own()
    {
        var name = Dns.GetHostName();
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase) { name, name.Split('.')[0] + ".local" };
        try
        {
            var full = Dns.GetHostEntryAsync(name);
            if (full.Wait(Patience))
            {
                names.Add(full.Result.HostName);
            }
        }
        catch (AggregateException e) when (e.InnerException is SocketException)
        {
            // No name service knows it; it has no full name.
        }

        return names;
    }
}
