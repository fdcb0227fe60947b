using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using MnistGpu.Tests.Support;

namespace MnistGpu.Tests.Data.Formats;

/// <summary>Small files of MNIST's first images in other formats.</summary>
internal static class SmallFiles
{
    public static byte[] Table(int rows) => Encoding.ASCII.GetBytes(string.Join('\n', Enumerable.Range(0, rows)
        .Select(j => Row(j, ",", p => $"{p}")).Prepend(Header("label", i => $"pixel{i}"))));

    public static string Header(string first, Func<int, string> name) =>
        first + string.Concat(Enumerable.Range(0, 784).Select(i => $",{name(i)}"));

    public static string Row(int j, string separator, Func<byte, string> cell) =>
        string.Join(separator, Image(j).Select(cell).Prepend($"{RecordedRun.Labels[j]}"));

    public static string Last(string row) => row[(row.IndexOf(',') + 1)..] + "," + row[..row.IndexOf(',')];

    public static string Mirrored(string row) => string.Join(',', row.Split(',')[1..].Reverse().Prepend(row[..1]));

    public static string Quoted(string row) => string.Join(',', row.Split(',').Select(cell => $"\"{cell}\""));

    public static void Add(ZipArchive archive, string name, byte[] bytes)
    {
        using var entry = archive.CreateEntry(name).Open();
        entry.Write(name.EndsWith(".gz", StringComparison.Ordinal) ? Pack(bytes) : bytes);
    }

    public static byte[] Pack(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var stream = new GZipStream(packed, CompressionLevel.Fastest))
        {
            stream.Write(bytes);
        }

        return packed.ToArray();
    }

    public static byte[] Idx(int[] sizes, ReadOnlySpan<byte> data)
    {
        var file = new byte[4 + 4 * sizes.Length + data.Length];
        (file[2], file[3]) = (8, (byte)sizes.Length);
        for (var d = 0; d < sizes.Length; d++)
        {
            BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(4 + 4 * d), sizes[d]);
        }

        data.CopyTo(file.AsSpan(4 + 4 * sizes.Length));
        return file;
    }

    /// <summary>An array file of bytes as other numbers; floats from 0 to 1.</summary>
    public static byte[] Npy(string type, int[] shape, ReadOnlySpan<byte> values)
    {
        var header = $"{{'descr': '{type}', 'fortran_order': False, 'shape': ({string.Join(", ", shape)},), }}";
        header = header.PadRight(118 - 1) + "\n";
        using var file = new MemoryStream();
        file.Write([0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0, .. Encoding.ASCII.GetBytes(header)]);
        var isOneHot = shape is [_, 10];
        foreach (var value in values)
        {
            file.Write(type switch
            {
                "|u1" => [value],
                "<i8" => BitConverter.GetBytes((long)value),
                ">i4" => BitConverter.GetBytes((int)value).AsEnumerable().Reverse().ToArray(),
                _ => BitConverter.GetBytes(isOneHot ? value : value / 255f),
            });
        }

        return file.ToArray();
    }

    private static byte[] Image(int j) => RecordedRun.X[(j * 784)..((j + 1) * 784)];
}
