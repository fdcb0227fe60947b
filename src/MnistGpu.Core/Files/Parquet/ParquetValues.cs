using System.Buffers.Binary;
using static MnistGpu.Files.Parquet.ThriftBytes;

namespace MnistGpu.Files.Parquet;

/// <summary>Values of one type, in the order of their rows.</summary>
internal sealed class ParquetValues(ParquetType type)
{
    /// <summary>The values, where they are bytes.</summary>
    public List<ReadOnlyMemory<byte>> Texts { get; } = [];

    /// <summary>The values, where they are numbers.</summary>
    public List<long> Numbers { get; } = [];

    /// <summary>How many there are.</summary>
    public int Count => Texts.Count + Numbers.Count;

    /// <summary>Adds values that stand one after the other.</summary>
    public void AddPlain(ReadOnlyMemory<byte> data, int count)
    {
        var size = type == ParquetType.Int32 ? sizeof(int) : sizeof(long);
        for (var i = 0; i < count; i++)
        {
            if (type != ParquetType.Bytes)
            {
                Require(data.Length >= size, "fewer numbers than a page promises");
                Numbers.Add(size == sizeof(int) ? BinaryPrimitives.ReadInt32LittleEndian(data.Span)
                    : BinaryPrimitives.ReadInt64LittleEndian(data.Span));
                data = data[size..];
                continue;
            }

            var length = data.Length < sizeof(int) ? uint.MaxValue
                : BinaryPrimitives.ReadUInt32LittleEndian(data.Span);
            Require(length <= data.Length - sizeof(int), "fewer texts than a page promises");
            Texts.Add(data.Slice(sizeof(int), (int)length));
            data = data[(sizeof(int) + (int)length)..];
        }
    }

    /// <summary>Adds a value of a dictionary.</summary>
    public void Add(ParquetValues dictionary, int index)
    {
        Require(index < dictionary.Count, $"entry {index} of a dictionary of {dictionary.Count}");
        if (type == ParquetType.Bytes)
        {
            Texts.Add(dictionary.Texts[index]);
        }
        else
        {
            Numbers.Add(dictionary.Numbers[index]);
        }
    }
}
