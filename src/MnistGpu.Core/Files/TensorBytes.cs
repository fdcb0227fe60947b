using System.Buffers.Binary;

namespace MnistGpu.Files;

/// <summary>Numbers as a safetensors file has them, little-endian.</summary>
internal static class TensorBytes
{
    /// <summary>Bytes of a number.</summary>
    public static int SizeOf(TensorType type) => type switch
    {
        TensorType.F16 or TensorType.BF16 => 2,
        TensorType.F32 => sizeof(float),
        _ => sizeof(double),
    };

    /// <summary>The type that we write.</summary>
    public static TensorType Written(bool asDouble) => asDouble ? TensorType.F64 : TensorType.F32;

    /// <summary>Numbers to bytes, rounded where they are F32.</summary>
    public static void Encode(ReadOnlySpan<double> values, Span<byte> bytes, TensorType type)
    {
        for (var i = 0; i < values.Length; i++)
        {
            if (type == TensorType.F64)
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
    public static void Decode(ReadOnlySpan<byte> bytes, Span<double> values, TensorType type)
    {
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = type switch
            {
                TensorType.F64 => BinaryPrimitives.ReadDoubleLittleEndian(bytes[(i * sizeof(double))..]),
                TensorType.F32 => BinaryPrimitives.ReadSingleLittleEndian(bytes[(i * sizeof(float))..]),
                TensorType.F16 => (double)BinaryPrimitives.ReadHalfLittleEndian(bytes[(2 * i)..]),
                TensorType.BF16 => BitConverter.Int32BitsToSingle(
                    BinaryPrimitives.ReadUInt16LittleEndian(bytes[(2 * i)..]) << 16),
                _ => BinaryPrimitives.ReadInt64LittleEndian(bytes[(i * sizeof(long))..]),
            };
        }
    }
}
