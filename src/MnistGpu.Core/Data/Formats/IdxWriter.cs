using System.Buffers.Binary;
using MnistGpu.Files;

namespace MnistGpu.Data.Formats;

/// <summary>
/// Writes images as IDX files under MNIST's names (http://yann.lecun.com/exdb/mnist, "file formats").
/// </summary>
public static class IdxWriter
{
    /// <summary>
    /// Makes the folder if need be, and finds out whether files can be written there and would then be the only set in
    /// it.
    /// </summary>
    /// <exception cref="UserErrorException">They cannot, or files of another set are there that would stay.</exception>
    public static void RequireFolder(string folder, bool withTest)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new UserErrorException("This folder cannot be made", where: folder, found: e.Message,
                todo: "choose another place", inner: e);
        }

        string[] replaced = ["train-images-idx3-ubyte", "train-labels-idx1-ubyte",
            .. withTest ? (string[])["t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"] : []];
        var stays = Directory.EnumerateFiles(folder).Select(Path.GetFileName).FirstOrDefault(name =>
            (name!.StartsWith("train-", StringComparison.Ordinal) || name.StartsWith("t10k-", StringComparison.Ordinal))
            && !replaced.Contains(name));
        if (stays is not null)
        {
            throw new UserErrorException("Another set is in this folder and would be mixed with this one",
                where: Path.Combine(folder, stays),
                expected: "an empty folder, or one whose files are all replaced", found: stays,
                todo: "remove it, or choose another folder");
        }

        AtomicFile.RequireWritable(Path.Combine(folder, "train-images-idx3-ubyte"));
    }

    /// <summary>Writes the training pair and, where there are test images, the test pair.</summary>
    /// <exception cref="UserErrorException">A file cannot be written.</exception>
    public static void Write(string folder, DigitData data)
    {
        Write(folder, "train", data.Train);
        if (data.Test is { } test)
        {
            Write(folder, "t10k", test);
        }
    }

    private static void Write(string folder, string part, DigitSet set)
    {
        AtomicFile.Write(Path.Combine(folder, $"{part}-images-idx3-ubyte"), stream =>
        {
            Header(stream, 0x803, set.Count, DigitSet.Side, DigitSet.Side);
            stream.Write(set.X.Span);
        });
        AtomicFile.Write(Path.Combine(folder, $"{part}-labels-idx1-ubyte"), stream =>
        {
            Header(stream, 0x801, set.Count);
            stream.Write(set.Labels.Span);
        });
    }

    private static void Header(Stream stream, params ReadOnlySpan<int> numbers)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        foreach (var number in numbers)
        {
            BinaryPrimitives.WriteInt32BigEndian(bytes, number);
            stream.Write(bytes);
        }
    }
}
