using System.Buffers.Binary;
using System.Text;
using MnistGpu.Exchange.TensorBoard;
using MnistGpu.Tests.Support;

namespace MnistGpu.Tests.Exchange;

/// <summary>Read back by a reader that shares nothing with the writer.</summary>
public sealed class EventFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void TheRowsAreInTheFileWithTheirChecksums()
    {
        using (var events = EventFile.Create(folder.File("log")))
        {
            events.Write(new EpochRow(1, 100, 0.5, 0.875, 0.75, 0.01, 1000) { DevelopmentLoss = 0.25 });
            events.Write(new EpochRow(2, 2_000_000_000_000, 0.125, 1, null, 0.001, 2000));
        }

        var file = Assert.Single(Directory.GetFiles(folder.File("log")));
        Assert.Matches(@"^events\.out\.tfevents\.\d{10}\.", Path.GetFileName(file));
        var records = Records(File.ReadAllBytes(file));
        Assert.Equal(3, records.Count);
        Assert.Equal("brain.Event:2", Encoding.UTF8.GetString(Field(records[0], 3)!));
        Assert.Equal((100L, 2_000_000_000_000L), (Step(records[1]), Step(records[2])));
        Assert.Equal(new Dictionary<string, float>
        {
            ["loss/training"] = 0.5f,
            ["loss/development"] = 0.25f,
            ["accuracy/training"] = 0.875f,
            ["accuracy/development"] = 0.75f,
            ["rate"] = 0.01f,
            ["images_per_second"] = 1000,
        }, Values(records[1]));
        Assert.Equal(["accuracy/training", "images_per_second", "loss/training", "rate"],
            Values(records[2]).Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void TrainWritesThemForEverySeed()
    {
        Assert.Equal(0, ProgramRun.Run(folder, "data", "synth", "digits", "--count", "300", "--test", "50").ExitCode);
        var run = ProgramRun.Run(folder, "train", "--data", "digits", "--batch", "50", "--epochs", "3", "--repeat", "2",
            "--tensorboard", "log", "--quiet");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        foreach (var seed in (string[])["seed-0", "seed-1"])
        {
            var file = Assert.Single(Directory.GetFiles(folder.File(Path.Combine("log", seed))));
            Assert.Equal(4, Records(File.ReadAllBytes(file)).Count);
        }

        File.WriteAllText(folder.File("taken"), "");
        run = ProgramRun.Run(folder, "train", "--data", "digits", "--tensorboard", "taken", "--quiet");
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("name another folder", run.Error, StringComparison.Ordinal);
    }

    private static List<byte[]> Records(byte[] bytes)
    {
        var records = new List<byte[]>();
        for (var at = 0; at < bytes.Length;)
        {
            var length = (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(at));
            Assert.Equal(Checksum(bytes.AsSpan(at, 8)), BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at + 8)));
            var record = bytes.AsSpan(at + 12, length).ToArray();
            Assert.Equal(Checksum(record), BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at + 12 + length)));
            records.Add(record);
            at += 16 + length;
        }

        return records;
    }

    // Castagnoli's polynomial bit by bit, then TensorFlow's mask.
    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        var crc = 0xFFFFFFFFu;
        foreach (var one in bytes)
        {
            crc ^= one;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) != 0 ? crc >> 1 ^ 0x82F63B78 : crc >> 1;
            }
        }

        crc = ~crc;
        return (crc >> 15 | crc << 17) + 0xA282EAD8;
    }

    private static long Step(byte[] record) => (long)Fields(record).Single(field => field.Number == 2).Whole;

    private static Dictionary<string, float> Values(byte[] record) => Fields(Field(record, 5)!)
        .ToDictionary(value => Encoding.UTF8.GetString(Field(value.Bytes!, 1)!),
            value => BinaryPrimitives.ReadSingleLittleEndian(Field(value.Bytes!, 2)));

    private static byte[]? Field(byte[] message, int number) =>
        Fields(message).SingleOrDefault(field => field.Number == number).Bytes;

    private static List<(int Number, ulong Whole, byte[]? Bytes)> Fields(byte[] message)
    {
        var fields = new List<(int, ulong, byte[]?)>();
        var at = 0;
        while (at < message.Length)
        {
            var key = Varint();
            var number = (int)(key >> 3);
            switch (key & 7)
            {
                case 0:
                    fields.Add((number, Varint(), null));
                    break;
                case 1:
                    fields.Add((number, 0, Take(8)));
                    break;
                case 2:
                    fields.Add((number, 0, Take((int)Varint())));
                    break;
                case 5:
                    fields.Add((number, 0, Take(4)));
                    break;
                default:
                    Assert.Fail($"wire type {key & 7}");
                    break;
            }
        }

        return fields;

        ulong Varint()
        {
            var value = 0UL;
            for (var shift = 0; ; shift += 7)
            {
                var next = message[at++];
                value |= (ulong)(next & 0x7F) << shift;
                if (next < 0x80)
                {
                    return value;
                }
            }
        }

        byte[] Take(int count) => message[at..(at += count)];
    }
}
