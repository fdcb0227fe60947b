using MnistGpu.Exchange.Layers;
using MnistGpu.Files.Hdf;

namespace MnistGpu.Exchange.Keras;

/// <summary>The arrays of floats in an HDF5 file, as Keras writes it with h5py.</summary>
/// <param name="Arrays">Arrays by their path, for example dense/dense/kernel:0.</param>
/// <param name="Config">Keras 2's description of the layers; null for none.</param>
internal sealed record HdfWeights(List<NamedArray> Arrays, string? Config)
{
    private const int AlwaysAllowed = 1 << 20;

    /// <summary>Reads all arrays of floats.</summary>
    /// <param name="path">The file, for errors.</param>
    /// <param name="bytes">Its bytes.</param>
    /// <exception cref="UserErrorException">It is damaged, holds more than its length explains, or was written in a way
    /// that h5py does not choose by itself.</exception>
    public static HdfWeights Read(string path, byte[] bytes)
    {
        // Weights hardly shrink: about a number for each byte is more than any file has.
        var left = Math.Max(AlwaysAllowed, bytes.LongLength);
        var arrays = new List<NamedArray>();
        try
        {
            var hdf = HdfFile.Read(bytes);
            foreach (var (name, data) in hdf.Arrays.Where(array => array.Data.IsFloat))
            {
                if (data.Count > left)
                {
                    throw Foreign.Damaged($"{path}, {name}", "as many numbers as the file can hold", $"{data.Count}");
                }

                left -= (long)data.Count;
                arrays.Add(new NamedArray(name, data.Shape, data.ReadFloats()));
            }

            return new HdfWeights(arrays, hdf.Config);
        }
        catch (InvalidDataException e)
        {
            throw Foreign.Damaged(path, "an HDF5 file as h5py writes it", e.Message, e);
        }
    }
}
