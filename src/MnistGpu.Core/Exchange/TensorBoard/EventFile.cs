using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using Google.Protobuf;

namespace MnistGpu.Exchange.TensorBoard;

/// <summary>
/// TensorBoard's file of events: records of a length, its checksum, a protocol buffer Event and its checksum
/// (https://www.tensorflow.org/tutorials/load_data/tfrecord). TensorBoard follows it while it grows.
/// </summary>
internal sealed class EventFile : IDisposable
{
    private const uint MaskDelta = 0xa282ead8;

    private readonly FileStream file;

    private EventFile(FileStream file) => this.file = file;

    /// <summary>Begins a file.</summary>
    /// <param name="folder">Where; made if it is not there.</param>
    /// <exception cref="UserErrorException">No file can be made there.</exception>
    public static EventFile Create(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
            // The names that TensorBoard looks for; a process has one number at a time.
            var (time, process) = (DateTimeOffset.UtcNow.ToUnixTimeSeconds(), Environment.ProcessId);
            var name = string.Create(CultureInfo.InvariantCulture,
                $"events.out.tfevents.{time:D10}.{Environment.MachineName}.{process}.{Guid.NewGuid():N}");
            var events = new EventFile(new FileStream(Path.Combine(folder, name), FileMode.CreateNew, FileAccess.Write,
                FileShare.Read));
            events.Write(output =>
            {
                output.WriteRawTag(3 << 3 | 2);
                output.WriteString("brain.Event:2");
            });
            return events;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw Refuse(folder, e);
        }
    }

    /// <summary>Writes a row of the history, each number under its own tag.</summary>
    /// <exception cref="UserErrorException">The file cannot be written.</exception>
    public void Write(EpochRow row)
    {
        try
        {
            Write(output =>
            {
                output.WriteRawTag(2 << 3);
                output.WriteInt64(row.Step);
                output.WriteRawTag(5 << 3 | 2);
                output.WriteBytes(ByteString.CopyFrom(Summary(row)));
            });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Refuse(file.Name, e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();

    private static byte[] Summary(EpochRow row)
    {
        (string Tag, double? Value)[] values =
        [
            ("loss/training", row.Loss), ("loss/development", row.DevelopmentLoss),
            ("accuracy/training", row.Accuracy), ("accuracy/development", row.Development),
            ("rate", row.Rate), ("images_per_second", row.ImagesPerSecond),
        ];
        return Message(output =>
        {
            foreach (var (tag, value) in values.Where(pair => pair.Value is not null))
            {
                output.WriteRawTag(1 << 3 | 2);
                output.WriteBytes(ByteString.CopyFrom(Message(inner =>
                {
                    inner.WriteRawTag(1 << 3 | 2);
                    inner.WriteString(tag);
                    inner.WriteRawTag(2 << 3 | 5);
                    inner.WriteFloat((float)value!.Value);
                })));
            }
        });
    }

    private static byte[] Message(Action<CodedOutputStream> write)
    {
        using var bytes = new MemoryStream();
        using (var output = new CodedOutputStream(bytes, leaveOpen: true))
        {
            write(output);
        }

        return bytes.ToArray();
    }

    private void Write(Action<CodedOutputStream> write)
    {
        var data = Message(output =>
        {
            output.WriteRawTag(1 << 3 | 1);
            output.WriteDouble(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / 1000.0);
            write(output);
        });
        var record = new byte[8 + 4 + data.Length + 4];
        BinaryPrimitives.WriteInt64LittleEndian(record, data.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(8), Masked(record.AsSpan(0, 8)));
        data.CopyTo(record, 12);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(12 + data.Length), Masked(data));
        file.Write(record);
        file.Flush();
    }

    /// <summary>CRC-32C, turned and moved as TensorFlow does.</summary>
    private static uint Masked(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var one in bytes)
        {
            crc = BitOperations.Crc32C(crc, one);
        }

        return BitOperations.RotateRight(~crc, 15) + MaskDelta;
    }

    private static UserErrorException Refuse(string where, Exception e) =>
        new("TensorBoard's events cannot be written", where: where, expected: "a folder that may be written to",
            found: e.Message, todo: "name another folder", inner: e);
}
