using System.Buffers.Binary;

namespace MnistGpu.Files;

/// <summary>Numbers as a safetensors file has them: little-endian, F32 or F64.</summary>
internal static class TensorBytes
{
    /// <summary>Bytes of a number.</summary>
    public static int SizeOf(bool isDouble) => isDouble ? sizeof(double) : sizeof(float);

    /// <summary>Numbers to bytes, rounded where they are F32.</summary>
    public static void Encode(ReadOnlySpan<double> values, Span<byte> bytes, bool asDouble)
    {
        for (var i = 0; i < values.Length; i++)
        {
            if (asDouble)
            {
                BinaryPrimitives.WriteDoubleLittleEndian(bytes[(i * sizeof(double))..], values[i]);
            }
            else
            {
                BinaryPrimitives.WriteSingleLittleEndian(bytes[(i * sizeof(float))..], (float)values[i]);
            }
        }
    }

    /// <summary>Bytes to numbers.</summary>
    public static void Decode(ReadOnlySpan<byte> bytes, Span<double> values, bool isDouble)
    {
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = isDouble
                ? BinaryPrimitives.ReadDoubleLittleEndian(bytes[(i * sizeof(double))..])
                : BinaryPrimitives.ReadSingleLittleEndian(bytes[(i * sizeof(float))..]);
        }
    }
}
