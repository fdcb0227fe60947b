using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using MnistGpu.Data.Formats;
using MnistGpu.Data.Pictures;
using MnistGpu.Tests.Support;
using StbImageSharp;

namespace MnistGpu.Tests.Data.Pictures;

/// <summary>PNGs that say one thing in their header and another in their chunks.</summary>
public sealed class PngFileTests
{
    /// <summary>Bit depths and colour types that PNG allows together.</summary>
    public static TheoryData<byte, byte> Formats => new()
    {
        { 1, 0 }, { 2, 0 }, { 4, 0 }, { 8, 0 }, { 16, 0 }, { 8, 2 }, { 16, 2 }, { 1, 3 }, { 2, 3 }, { 4, 3 }, { 8, 3 },
            { 8, 4 }, { 16, 4 }, { 8, 6 }, { 16, 6 },
    };

    [Theory]
    [MemberData(nameof(Formats))]
    public void PixelDataAreTakenAtTheLengthThatTheDecoderNeedsAndNoOther(byte depth, byte color)
    {
        foreach (var interlaced in (bool[])[false, true])
        {
            foreach (var (width, height) in ((int, int)[])[(1, 1), (1, 9), (5, 1), (3, 3), (8, 8), (13, 11)])
            {
                // The decoder itself refuses fewer bytes than it needs; so the least that it takes is found without any
                // formula.
                var (refused, taken) = (0, 8 * width * height + 4 * height + 100);
                while (taken - refused > 1)
                {
                    var middle = (refused + taken) / 2;
                    (refused, taken) = Decodes(Png(width, height, depth, color, interlaced, middle)) ? (refused, middle)
                        : (middle, taken);
                }

                Refused.With(() => HandwrittenImage.Decode(Png(width, height, depth, color, interlaced, taken),
                    "x.png"), "blank");
                Refused.With(() => HandwrittenImage.Decode(Png(width, height, depth, color, interlaced, taken - 1),
                    "x.png"), "x.png", $"{taken} bytes", $"{taken - 1} bytes");
                Refused.With(() => HandwrittenImage.Decode(Png(width, height, depth, color, interlaced, taken + 1),
                    "x.png"), "x.png", $"{taken} bytes", "more");
            }
        }
    }

    [Fact]
    public void PixelDataThatUnpackToAThousandTimesThePictureAreRefused()
    {
        var bomb = Png(1, 1, 8, 0, false, 64 << 20);
        Assert.True(bomb.Length < 1 << 20);
        Refused.With(() => HandwrittenImage.Decode(bomb, "bomb.png"), "bomb.png", "1 × 1", "2 bytes", "more");
        // In two chunks, with another between them, it is the same.
        var half = (bomb.Length - 45) / 2;
        Refused.With(() => HandwrittenImage.Decode(File(Header(1, 1, 8, 0, false), Chunk("IDAT", bomb[41..half]),
            Chunk("tEXt", [1]), Chunk("IDAT", bomb[half..^16]), Chunk("IEND", [])), "bomb.png"), "2 bytes", "more");
    }

    [Fact]
    public void ABombAmongTrainingImagesIsRefused()
    {
        using var folder = new TemporaryFolder();
        for (var digit = 0; digit < 10; digit++)
        {
            folder.Write($"{digit}/a.png", Png(28, 28, 8, 0, false, digit < 9 ? 29 * 28 : 64 << 20));
        }

        Refused.With(() => PngFolderReader.Read(folder.Path, cancel: TestContext.Current.CancellationToken),
            folder.File("9/a.png"), "812 bytes", "more");
    }

    public static TheoryData<string, byte[]> Odd()
    {
        var (header, pixels, end) = (Header(1, 1, 8, 0, false), Chunk("IDAT", Packed(2)), Chunk("IEND", []));
        var damaged = Packed(2);
        damaged[^1] ^= 1;
        return new()
        {
            { "no header", File(pixels, end) },
            { "a header that is not first", File(Chunk("tEXt", []), header, pixels, end) },
            { "a short header", File(Chunk("IHDR", new byte[12]), pixels, end) },
            { "no pixels", File(header, end) },
            { "no end", File(header, pixels) },
            { "pixels longer than the file", File(header, Chunk("IDAT", Packed(2), 0x3FFF_FFFF)) },
            { "pixels that would overflow the decoder's sums", File(header, Chunk("IDAT", Packed(2), 0xF000_0000)) },
            { "a chunk that leads back to itself", File(header, Chunk("tEXt", [], 0xFFFF_FFF4), pixels, end) },
            { "a palette that leads back to itself",
                File(Header(1, 1, 8, 3, false), Chunk("tEXt", [], 0xFFFF_FFF4), pixels, end) },
            { "a wrong checksum", File(header, Chunk("IDAT", damaged), end) },
            { "pixels that are not packed", File(header, Chunk("IDAT", [1, 2, 3, 4]), end) },
            // Apple's own variety, whose pixels the decoder would unpack in another way.
            { "Apple's chunk first", File(Chunk("CgBI", new byte[4]), header, pixels, end) },
            { "Apple's chunk later", File(header, Chunk("CgBI", new byte[4]), pixels, end) },
        };
    }

    [Theory]
    [MemberData(nameof(Odd))]
    public async Task WhatIsOddIsRefusedAtOnce(string what, byte[] file)
    {
        // The decoder alone would follow some of them for ever; this test is then ended, and names it.
        var error = await Task.Run(() =>
            Record.Exception(() => HandwrittenImage.Decode(file, "odd.png")), TestContext.Current.CancellationToken)
            .WaitAsync(TimeSpan.FromMinutes(3), TestContext.Current.CancellationToken);
        Assert.True(error is UserErrorException, $"{what}: {error}");
        Assert.Contains("odd.png", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("blank", error.Message, StringComparison.Ordinal);
    }

    private static bool Decodes(byte[] file)
    {
        try
        {
            ImageResult.FromMemory(file, ColorComponents.GreyAlpha);
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>A picture whose pixel data unpack to this many zeros.</summary>
    private static byte[] Png(int width, int height, byte depth, byte color, bool interlaced, int unpacked) =>
        File(Header(width, height, depth, color, interlaced), color == 3 ? Chunk("PLTE", [0, 0, 0]) : [],
            Chunk("IDAT", Packed(unpacked)), Chunk("IEND", []));

    private static byte[] Packed(int unpacked)
    {
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Fastest))
        {
            zlib.Write(new byte[unpacked]);
        }

        return packed.ToArray();
    }

    private static byte[] Header(int width, int height, byte depth, byte color, bool interlaced)
    {
        var content = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(content, width);
        BinaryPrimitives.WriteInt32BigEndian(content.AsSpan(4), height);
        (content[8], content[9], content[12]) = (depth, color, interlaced ? (byte)1 : (byte)0);
        return Chunk("IHDR", content);
    }

    /// <summary>Length, type, content, and a checksum that nobody reads.</summary>
    private static byte[] Chunk(string type, byte[] content, uint? length = null)
    {
        var says = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(says, length ?? (uint)content.Length);
        return [.. says, .. Encoding.ASCII.GetBytes(type), .. content, 0, 0, 0, 0];
    }

    private static byte[] File(params byte[][] chunks) =>
        [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A, .. chunks.SelectMany(chunk => chunk)];
}
