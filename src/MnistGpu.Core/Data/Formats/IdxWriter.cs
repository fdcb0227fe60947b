using System.Buffers.Binary;
using MnistGpu.Files;

namespace MnistGpu.Data.Formats;

/// <summary>
/// Writes images as IDX files under MNIST's names (http://yann.lecun.com/exdb/mnist, "file formats").
/// </summary>
internal static class IdxWriter
{
    /// <summary>
    /// Makes the folder if need be, and finds out whether files can be written there and would then be the only set in
    /// it.
    /// </summary>
    /// <exception cref="UserErrorException">They cannot, or files of another set are there.</exception>
    public static void RequireFolder(string folder)
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

        string[] there = [.. Directory.EnumerateFiles(folder).Select(Path.GetFileName).OfType<string>()
            .Where(name => name == ClassNames.Name
                || IdxFolder.Parts.Any(part => name.StartsWith(part + "-", StringComparison.Ordinal)))
            .Order(StringComparer.Ordinal)];
        if (there.Length > 0)
        {
            throw new UserErrorException("A data set is in this folder already, and nothing replaces it", where: folder,
                expected: "a folder without files named train-…, t10k-…, test-… or classes.txt",
                found: string.Join(", ", there),
                todo: "choose another folder, or remove these files");
        }

        foreach (var part in (string[])["train", "t10k"])
        {
            AtomicFile.RequireWritable(Path.Combine(folder, $"{part}-images-idx3-ubyte"));
            AtomicFile.RequireWritable(Path.Combine(folder, $"{part}-labels-idx1-ubyte"));
        }
    }

    /// <summary>Writes the training pair and, where there are test images, the test pair.</summary>
    /// <exception cref="UserErrorException">A file cannot be written.</exception>
    public static void Write(string folder, DigitData data)
    {
        Write(folder, "train", data.Train);
        if (!data.Shape.IsNumbered)
        {
            ClassNames.Write(folder, data.Shape);
        }

        if (data.Test is { } test)
        {
            Write(folder, "t10k", test);
        }
    }

    private static void Write(string folder, string part, DigitSet set)
    {
        AtomicFile.Write(Path.Combine(folder, $"{part}-images-idx3-ubyte"), stream =>
        {
            var shape = set.Shape;
            if (shape.Channels == 1)
            {
                Header(stream, 0x803, set.Count, shape.Height, shape.Width);
            }
            else
            {
                Header(stream, 0x804, set.Count, shape.Height, shape.Width, shape.Channels);
            }

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
