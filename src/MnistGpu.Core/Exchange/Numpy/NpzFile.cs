using System.IO.Compression;
using MnistGpu.Data.Formats;
using MnistGpu.Exchange.Layers;
using MnistGpu.Files;
using MnistGpu.Model;

namespace MnistGpu.Exchange.Numpy;

/// <summary>NumPy's archive of arrays: a zip of NAME.npy, stored or deflated.</summary>
internal static class NpzFile
{
    private const string Ending = ".npy";

    /// <summary>W1 [out, in], b1 [out], W2, …, so that W1 @ x + b1 is the first layer in NumPy too.</summary>
    /// <param name="state">The parameters.</param>
    /// <param name="prefix">What the names begin with.</param>
    public static IEnumerable<NpyEntry> Entries(NetworkState state, string prefix)
    {
        var type = state.IsSingle ? TensorType.F32 : TensorType.F64;
        for (var l = 0; l < state.Shape.Layers; l++)
        {
            yield return new NpyEntry($"{prefix}W{l + 1}", [state.Shape.Out(l), state.Shape.In(l)], state.W[l], type);
            yield return new NpyEntry($"{prefix}b{l + 1}", [state.Shape.Out(l)], state.b[l], type);
        }
    }

    /// <summary>Writes an archive.</summary>
    /// <param name="path">Where to; replaced if it is there.</param>
    /// <param name="entries">What is in it.</param>
    /// <param name="isPacked">Whether it is deflated.</param>
    /// <exception cref="UserErrorException">The path cannot be written.</exception>
    public static void Write(string path, IEnumerable<NpyEntry> entries, bool isPacked = true) => AtomicFile.Write(path,
        stream =>
    {
        using var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true);
        foreach (var entry in entries)
        {
            var place = archive.CreateEntry(entry.Name + Ending, isPacked ? CompressionLevel.Optimal
                : CompressionLevel.NoCompression);
            // The same network gives the same bytes.
            place.LastWriteTime = new DateTimeOffset(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);
            using var array = place.Open();
            NpyWriter.Write(array, entry);
        }
    });

    /// <summary>The arrays in the archive's order.</summary>
    /// <param name="path">The file, for errors.</param>
    /// <param name="archive">The archive.</param>
    /// <exception cref="UserErrorException">It is damaged, or holds what are no numbers, or more of them than a
    /// network has.</exception>
    public static List<NamedArray> Read(string path, ZipContent archive)
    {
        var arrays = new List<NamedArray>();
        var numbers = 0L;
        foreach (var name in archive.Names.Where(name => name.EndsWith(Ending, StringComparison.Ordinal)))
        {
            var bytes = archive.Read(name);
            // The reader would unpack what is packed once more, past the archive's limits.
            if (!NpyReader.IsNpy(bytes))
            {
                throw Foreign.Damaged($"{path}, {name}", "an array as NumPy writes it", "other first bytes");
            }

            var part = new SourcePart($"{path}, {name}", name, () =>
            {
                var stream = new MemoryStream(bytes);
                return new RawStream(stream, stream, bytes.Length);
            });
            var array = NpyReader.Read(part, int.MaxValue);
            var count = array.Data.Length / NumberArray.SizeOf(array.Kind);
            numbers += count;
            if (numbers > NetworkShape.MaxParameters)
            {
                throw Foreign.NoNetwork($"{path}, {name}", $"at most {NetworkShape.MaxParameters:N0} numbers in all",
                    $"{numbers:N0} up to here");
            }

            var values = new double[count];
            for (var i = 0; i < values.Length; i++)
            {
                values[i] = array[i];
            }

            arrays.Add(new NamedArray(name[..^Ending.Length], [.. array.Shape], values));
        }

        return arrays;
    }
}
