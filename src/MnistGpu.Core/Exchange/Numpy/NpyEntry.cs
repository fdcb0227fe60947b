using MnistGpu.Files;

namespace MnistGpu.Exchange.Numpy;

/// <summary>An array to write into an archive: numbers as float32 where that holds them exactly, or bytes.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Shape">Its dimensions, outermost first.</param>
/// <param name="Type">NumPy's name of its elements' type.</param>
/// <param name="Write">Writes the elements.</param>
internal sealed record NpyEntry(string Name, int[] Shape, string Type, Action<Stream> Write)
{
    /// <summary>An array of numbers.</summary>
    public NpyEntry(string name, int[] shape, double[] values, TensorType type)
        : this(name, shape, type == TensorType.F64 ? "<f8" : "<f4", stream =>
        {
            var bytes = new byte[values.Length * TensorBytes.SizeOf(type)];
            TensorBytes.Encode(values, bytes, type);
            stream.Write(bytes);
        })
    {
    }

    /// <summary>An array of bytes.</summary>
    public NpyEntry(string name, int[] shape, ReadOnlyMemory<byte> bytes)
        : this(name, shape, "|u1", stream => stream.Write(bytes.Span))
    {
    }
}
