using System.IO.Compression;
using static MnistGpu.Files.Hdf.HdfObject;

namespace MnistGpu.Files.Hdf;

/// <summary>What the chunks of an array in an HDF5 file were put through: shuffle, deflate, both or nothing.</summary>
internal sealed class HdfFilters
{
    private const int FilterMessage = 0xB;
    private const int Deflate = 1;
    private const int Shuffle = 2;

    private readonly List<int> filters = [];
    private readonly int size;

    private HdfFilters(int size) => this.size = size;

    /// <summary>Whether chunks have other lengths in the file than in memory.</summary>
    public bool IsDeflated => filters.Contains(Deflate);

    /// <summary>The filters of an array.</summary>
    /// <param name="header">The array.</param>
    /// <param name="size">Bytes of a number.</param>
    /// <exception cref="InvalidDataException">There are others, or one is used twice.</exception>
    public static HdfFilters Of(HdfObject header, int size)
    {
        var found = new HdfFilters(size);
        if (header.Find(FilterMessage) is not { } message)
        {
            return found;
        }

        var version = message.Byte();
        var count = message.Byte();
        message.Pass(version == 1 ? 6 : 0);
        Require(version is 1 or 2 && count <= 8, "filters of another version");
        for (var f = 0; f < count; f++)
        {
            var id = message.Short();
            var name = version == 1 || id >= 256 ? message.Short() : 0;
            message.Pass(2);
            var values = message.Short();
            message.Pass(name + 4 * values + (version == 1 && values % 2 != 0 ? 4 : 0));
            Require(id is Deflate or Shuffle, $"filter {id}, where deflate and shuffle are read");
            Require(!found.filters.Contains(id), "a filter that is used twice");
            found.filters.Add(id);
        }

        return found;
    }

    /// <summary>The numbers of a chunk, as they were before.</summary>
    /// <param name="packed">The chunk in the file; where nothing is deflated, as long as it was.</param>
    /// <param name="length">How many bytes they are.</param>
    /// <exception cref="EndOfStreamException">There are fewer.</exception>
    public byte[] Undo(ReadOnlySpan<byte> packed, int length)
    {
        var chunk = packed.ToArray();
        // They were applied in this order, and are taken back in the other.
        for (var f = filters.Count - 1; f >= 0; f--)
        {
            if (filters[f] == Deflate)
            {
                using var stream = new ZLibStream(new MemoryStream(chunk), CompressionMode.Decompress);
                chunk = new byte[length];
                stream.ReadExactly(chunk);
            }
            else
            {
                var (shuffled, count) = (chunk, chunk.Length / size);
                chunk = new byte[shuffled.Length];
                for (var i = 0; i < count * size; i++)
                {
                    chunk[i % count * size + i / count] = shuffled[i];
                }
            }
        }

        return chunk;
    }
}
