using System.Buffers.Binary;
using System.Security.Cryptography;
using MnistGpu.Files;

namespace MnistGpu.Data;

/// <summary>What is worth knowing of images before a network learns them.</summary>
/// <param name="Dark">Images that are lighter along their border than inside: dark on light.</param>
/// <param name="Images">Images to train on that were looked at.</param>
/// <param name="Repeated">Images to train on that are the same, pixel by pixel, as one before them.</param>
/// <param name="Leaked">Test images that are among those to train on; null where there are none to test on.</param>
internal sealed record DataFacts(int Dark, int Images, int Repeated, int? Leaked)
{
    /// <summary>Looks at all images.</summary>
    /// <exception cref="UserErrorException">The system has no OpenSSL.</exception>
    public static DataFacts Of(DigitData data)
    {
        Sha256.Require();
        var (train, dark, repeated) = (data.Train, 0, 0);
        var seen = new HashSet<UInt128>();
        for (var j = 0; j < train.Count; j++)
        {
            dark += IsDark(train.Image(j), train.Shape) ? 1 : 0;
            repeated += seen.Add(Fingerprint(train.Image(j))) ? 0 : 1;
        }

        int? leaked = null;
        if (data.Test is { } test && test != train)
        {
            leaked = 0;
            for (var j = 0; j < test.Count; j++)
            {
                leaked += seen.Contains(Fingerprint(test.Image(j))) ? 1 : 0;
            }
        }

        return new DataFacts(dark, train.Count, repeated, leaked);
    }

    /// <summary>Whether an image is lighter along its border than inside.</summary>
    public static bool IsDark(ReadOnlySpan<byte> image, DataShape shape)
    {
        long border = 0, all = 0;
        var (width, height, channels) = (shape.Width, shape.Height, shape.Channels);
        for (var i = 0; i < image.Length; i++)
        {
            int x = i / channels % width, y = i / channels / width;
            all += image[i];
            border += x == 0 || x == width - 1 || y == 0 || y == height - 1 ? image[i] : 0;
        }

        var inside = Math.Max(0, width - 2) * Math.Max(0, height - 2) * channels;
        return inside > 0 && (double)border / (image.Length - inside) > (double)(all - border) / inside;
    }

    // Two images with the same half of a SHA-256 are not to be met with.
    private static UInt128 Fingerprint(ReadOnlySpan<byte> image)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(image, hash);
        return BinaryPrimitives.ReadUInt128LittleEndian(hash);
    }
}
