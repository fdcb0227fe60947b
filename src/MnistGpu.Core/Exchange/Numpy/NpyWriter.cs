using System.Globalization;
using System.Text;

namespace MnistGpu.Exchange.Numpy;

/// <summary>
/// Writes NumPy's file of one array, version 1.0: "\x93NUMPY", the version, the length of the header, the header as a
/// Python dictionary, the elements (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html).
/// </summary>
internal static class NpyWriter
{
    private const int Alignment = 64;
    private const int BeforeHeader = 10;

    /// <summary>Writes an array.</summary>
    public static void Write(Stream stream, NpyEntry entry)
    {
        var dims = string.Concat(entry.Shape.Select(dim => dim.ToString(CultureInfo.InvariantCulture) + ", "));
        var header = $"{{'descr': '{entry.Type}', 'fortran_order': False, 'shape': ({dims.Trim()}), }}";
        // The elements begin at a multiple of 64, behind a line's end.
        var length = (BeforeHeader + header.Length + Alignment) / Alignment * Alignment - BeforeHeader;
        stream.Write([0x93, .. "NUMPY"u8, 1, 0, (byte)length, (byte)(length >> 8)]);
        stream.Write(Encoding.ASCII.GetBytes(header.PadRight(length - 1) + "\n"));
        entry.Write(stream);
    }
}
