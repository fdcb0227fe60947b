using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Connections;

namespace MnistGpu.Program.Web;

/// <summary>Closes a connection at once where its address has as many open as one may have.</summary>
internal sealed class AddressLimit(int most)
{
    private readonly ConcurrentDictionary<IPAddress, int> open = new();

    /// <summary>What a connection passes before anything is read of it.</summary>
    public ConnectionDelegate Around(ConnectionDelegate next) => async connection =>
    {
        var address = (connection.RemoteEndPoint as IPEndPoint)?.Address ?? IPAddress.None;
        try
        {
            if (open.AddOrUpdate(address, 1, (_, count) => count + 1) > most)
            {
                connection.Abort();
                return;
            }

            await next(connection);
        }
        finally
        {
            // An address without connections is forgotten.
            if (open.AddOrUpdate(address, 0, (_, count) => count - 1) <= 0)
            {
                open.TryRemove(new KeyValuePair<IPAddress, int>(address, 0));
            }
        }
    };
}
