using System.Buffers.Binary;
using System.Text;

namespace MnistGpu.Tests.Support;

/// <summary>Reads the recorded arrays: .npy format 1.0, little-endian float64, C order.</summary>
internal static class Npy
{
    public static double[] Read(string path)
    {
        var bytes = File.ReadAllBytes(path);
        var headerLength = BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(8));
        var header = Encoding.ASCII.GetString(bytes, 10, headerLength);
        Assert.Contains("'descr': '<f8', 'fortran_order': False", header, StringComparison.Ordinal);
        var values = new double[(bytes.Length - 10 - headerLength) / sizeof(double)];
        Buffer.BlockCopy(bytes, 10 + headerLength, values, 0, values.Length * sizeof(double));
        return values;
    }
}
