using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using MnistGpu.Data.Pictures;
using MnistGpu.Data.Pictures.Decoding;
using MnistGpu.Data.Pictures.Ink;
using StbImageSharp;
using StbImageWriteSharp;

namespace MnistGpu.Tests.Data.Pictures;

/// <summary>PNG, BMP and JPEG, compared with another decoder; how photos are turned; what is too much work.</summary>
public sealed class DecoderTests
{
    private static readonly Random Chance = new(7);

    private static (GrayPicture OnPaper, GrayPicture? Opacity) Decode(byte[] file) =>
        PictureReader.Decode(file, "a picture", 1 << 24, 800, cancel: TestContext.Current.CancellationToken);

    /// <summary>What the other decoder makes of a file, laid on white; and its opacity.</summary>
    private static (byte[] OnPaper, byte[] Opacity) Other(byte[] file)
    {
        var image = ImageResult.FromMemory(file, StbImageSharp.ColorComponents.GreyAlpha);
        byte[] paper = new byte[image.Width * image.Height], opacity = new byte[paper.Length];
        for (var i = 0; i < paper.Length; i++)
        {
            int alpha = image.Data[2 * i + 1];
            paper[i] = (byte)((image.Data[2 * i] * alpha + 255 * (255 - alpha) + 127) / 255);
            opacity[i] = (byte)alpha;
        }

        return (paper, opacity);
    }

    [Theory]
    [MemberData(nameof(PngFileTests.Formats), MemberType = typeof(PngFileTests))]
    public void APngOfAnyKindIsReadAsByAnotherDecoder(byte depth, byte color)
    {
        foreach (var interlaced in (bool[])[false, true])
        {
            foreach (var transparent in (bool[])[false, true])
            {
                foreach (var (width, height) in ((int, int)[])[(1, 1), (7, 5), (19, 23)])
                {
                    var file = RandomPng(width, height, depth, color, interlaced, transparent && color is 0 or 2 or 3);
                    var (paper, opacity) = Decode(file);
                    var expected = Other(file);
                    // The other takes the grey of 16 bits, and then eight of them.
                    AssertNear(expected.OnPaper, paper.Pixels, depth == 16 ? 1 : 0);
                    Assert.Equal(expected.Opacity,
                        opacity?.Pixels ?? [.. Enumerable.Repeat((byte)255, expected.Opacity.Length)]);
                }
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(8)]
    [InlineData(16)]
    [InlineData(24)]
    [InlineData(32)]
    public void ABmpIsReadFromTheBottomUpAndFromTheTopDown(short bits)
    {
        foreach (var (width, height) in ((int, int)[])[(1, 1), (9, 4), (17, 6)])
        {
            var up = RandomBmp(width, height, bits);
            // Eight bits of alpha that nothing promises are left out here, not there.
            AssertNear(Other(bits == 32 ? WithoutFourthBytes(up, width, height) : up).OnPaper,
                Decode(up).OnPaper.Pixels, bits == 16 ? 1 : 0);
            var down = up.ToArray();
            BinaryPrimitives.WriteInt32LittleEndian(down.AsSpan(22), -height);
            Assert.Equal(Decode(up).OnPaper.Turned(4).Pixels, Decode(down).OnPaper.Pixels);
        }
    }

    [Theory]
    [InlineData(StbImageWriteSharp.ColorComponents.Grey, 1)]
    [InlineData(StbImageWriteSharp.ColorComponents.RedGreenBlue, 3)]
    public void AJpegIsReadAsByAnotherDecoder(StbImageWriteSharp.ColorComponents colors, int samples)
    {
        const int Width = 61, Height = 43;
        var pixels = new byte[Width * Height * samples];
        for (var i = 0; i < pixels.Length; i++)
        {
            int x = i / samples % Width, y = i / samples / Width;
            pixels[i] = (byte)(128 + 100 * Math.Sin(x / 7.0 + i % samples) * Math.Cos(y / 5.0));
        }

        using var file = new MemoryStream();
        new ImageWriter().WriteJpg(pixels, Width, Height, colors, file, 95);
        var (ours, opacity) = Decode(file.ToArray());
        Assert.Null(opacity);
        AssertNear(Other(file.ToArray()).OnPaper, ours.Pixels, 3);
    }

    /// <summary>The same picture with 24 bits a pixel.</summary>
    private static byte[] WithoutFourthBytes(byte[] bmp, int width, int height)
    {
        int start = BinaryPrimitives.ReadInt32LittleEndian(bmp.AsSpan(10)), row = (3 * width + 3) / 4 * 4;
        var to = bmp[..start].Concat(new byte[row * height]).ToArray();
        BinaryPrimitives.WriteInt16LittleEndian(to.AsSpan(28), 24);
        for (var i = 0; i < width * height; i++)
        {
            bmp.AsSpan(start + 4 * i, 3).CopyTo(to.AsSpan(start + i / width * row + 3 * (i % width)));
        }

        return to;
    }

    private static void AssertNear(byte[] expected, byte[] found, int most)
    {
        Assert.Equal(expected.Length, found.Length);
        Assert.All(expected.Zip(found), pair => Assert.InRange(pair.Second - pair.First, -most, most));
    }

    /// <summary>For each orientation: where the picture's upper left corner and its left side go.</summary>
    public static TheoryData<int, string, string> Orientations => new()
    {
        { 1, "upper left", "left" }, { 2, "upper right", "right" }, { 3, "lower right", "right" },
        { 4, "lower left", "left" }, { 5, "upper left", "upper" }, { 6, "upper right", "upper" },
        { 7, "lower right", "lower" }, { 8, "lower left", "lower" },
    };

    [Theory]
    [MemberData(nameof(Orientations))]
    public void APhotoIsTurnedAsItSays(int orientation, string corner, string side)
    {
        // Grey, with a dark left side and a black upper left corner.
        const int Width = 48, Height = 32;
        var pixels = new byte[Width * Height];
        for (var i = 0; i < pixels.Length; i++)
        {
            int x = i % Width, y = i / Width;
            pixels[i] = (byte)(x < 16 && y < 16 ? 0 : x < 16 ? 80 : 200);
        }

        using MemoryStream jpeg = new(), png = new();
        var writer = new ImageWriter();
        writer.WriteJpg(pixels, Width, Height, StbImageWriteSharp.ColorComponents.Grey, jpeg, 95);
        writer.WritePng(pixels, Width, Height, StbImageWriteSharp.ColorComponents.Grey, png);
        foreach (var big in (bool[])[false, true])
        {
            byte[] exif = [.. big ? "MM\0*\0\0\0\u0008\0\u0001"u8 : "II*\0\u0008\0\0\0\u0001\0"u8,
                .. big ? (ReadOnlySpan<byte>)[1, 0x12, 0, 3, 0, 0, 0, 1, 0, (byte)orientation, 0, 0]
                : [0x12, 1, 3, 0, 1, 0, 0, 0, (byte)orientation, 0, 0, 0], 0, 0, 0, 0];
            byte[] app1 = [0xFF, 0xE1, 0, (byte)(2 + 6 + exif.Length), .. "Exif\0\0"u8, .. exif];
            byte[][] files =
            [
                [.. jpeg.ToArray().AsSpan(0, 2), .. app1, .. jpeg.ToArray().AsSpan(2)],
                [.. png.ToArray().AsSpan(0, 33), .. Chunk("eXIf", exif), .. png.ToArray().AsSpan(33)],
            ];
            foreach (var file in files)
            {
                var turned = Decode(file).OnPaper;
                Assert.Equal(orientation < 5 ? (Width, Height) : (Height, Width), (turned.Width, turned.Height));
                foreach (var vertical in (string[])["upper", "lower"])
                {
                    foreach (var horizontal in (string[])["left", "right"])
                    {
                        int x = horizontal == "left" ? 4 : turned.Width - 5,
                            y = vertical == "upper" ? 4 : turned.Height - 5;
                        var at = $"{vertical} {horizontal}";
                        var expected = at == corner ? 0 : at.Contains(side, StringComparison.Ordinal) ? 80 : 200;
                        Assert.InRange(turned.Pixels[y * turned.Width + x] - expected, -20, 20);
                    }
                }
            }
        }
    }

    [Fact]
    public void DecodingEndsWithTheClient()
    {
        using var jpeg = new MemoryStream();
        new ImageWriter().WriteJpg(new byte[64 * 64], 64, 64, StbImageWriteSharp.ColorComponents.Grey, jpeg, 90);
        foreach (var file in (byte[][])[jpeg.ToArray(), RandomPng(9, 9, 8, 0, false, false), RandomBmp(9, 9, 24)])
        {
            Assert.ThrowsAny<OperationCanceledException>(() => HandwrittenImage.Find(file, "a picture",
                cancel: new CancellationToken(canceled: true)));
        }
    }

    public static TheoryData<string, string, string> Kinds => new()
    {
        { "000000186674797068656963", "a HEIC photo", "JPEG" }, { "0000001C66747970617669660000", "AVIF", "PNG" },
        { "52494646AA06000057454250", "a WebP picture", "PNG" }, { "474946383761F000", "a GIF picture", "PNG" },
        { "49492A0008000000", "TIFF", "PNG" }, { "4D4D002A00000008", "TIFF", "PNG" },
        { "50350A3630203630", "a PGM picture", "PNG" }, { "255044462D312E37", "a PDF", "PNG" },
        { "504B030414000000", "a ZIP archive", "unpack" }, { "1F8B0800", "gzip", "unpack" },
        { "3C21444F43545950452068746D6C3E", "a web page", "download" },
        { "3C73766720786D6C6E733D", "an SVG drawing", "PNG" }, { "68656C6C6F", "a text file", "picture" },
        { "", "an empty file", "PNG" }, { "0001020304", "another kind", "PNG" },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void AnotherKindOfFileIsCalledByItsName(string bytes, string kind, string wayOut)
    {
        var error = Assert.Throws<UserErrorException>(() =>
            HandwrittenImage.Decode(Convert.FromHexString(bytes), "x.png"));
        Assert.Contains(kind, error.Found, StringComparison.Ordinal);
        Assert.Contains(wayOut, error.Message.Split("to do")[1], StringComparison.Ordinal);
    }

    private static byte[] RandomPng(int width, int height, byte depth, byte color, bool interlaced, bool transparent)
    {
        var samples = color switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 };
        using var raw = new MemoryStream();
        (int Left, int Top, int Across, int Down)[] passes = interlaced
            ? [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
            : [(0, 0, 1, 1)];
        foreach (var (left, top, across, down) in passes)
        {
            int columns = (width - left + across - 1) / across, rows = (height - top + down - 1) / down;
            for (var y = 0; y < rows && columns > 0; y++)
            {
                var row = new byte[(columns * samples * depth + 7) / 8];
                Chance.NextBytes(row);
                raw.WriteByte((byte)Chance.Next(5));
                raw.Write(row);
            }
        }

        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            zlib.Write(raw.ToArray());
        }

        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9], header[12]) = (depth, color, interlaced ? (byte)1 : (byte)0);
        var palette = new byte[3 << Math.Min((int)depth, 8)];
        var clear = new byte[color == 3 ? palette.Length / 3 : 2 * samples];
        Chance.NextBytes(palette);
        Chance.NextBytes(clear);
        if (color != 3 && depth < 16)
        {
            for (var i = 0; i < clear.Length; i += 2)
            {
                (clear[i], clear[i + 1]) = (0, (byte)(clear[i + 1] & ((1 << depth) - 1)));
            }
        }

        return [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A, .. Chunk("IHDR", header),
            .. color == 3 ? Chunk("PLTE", palette) : [], .. transparent ? Chunk("tRNS", clear) : [],
            .. Chunk("IDAT", packed.ToArray()), .. Chunk("IEND", [])];
    }

    private static byte[] RandomBmp(int width, int height, short bits)
    {
        var stride = (width * bits + 31) / 32 * 4;
        var palette = bits <= 8 ? 4 << bits : 0;
        var file = new byte[54 + palette + stride * height];
        Chance.NextBytes(file);
        "BM"u8.CopyTo(file);
        foreach (var (at, value) in ((int, int)[])[(2, file.Length), (6, 0), (10, 54 + palette), (14, 40), (18, width),
            (22, height), (26, 1 | bits << 16), (30, 0), (34, 0), (38, 0), (42, 0), (46, 0), (50, 0)])
        {
            BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(at), value);
        }

        return file;
    }

    /// <summary>Length, type, content, and a checksum that nobody reads.</summary>
    private static byte[] Chunk(string type, byte[] content)
    {
        var length = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, content.Length);
        return [.. length, .. Encoding.ASCII.GetBytes(type), .. content, 0, 0, 0, 0];
    }
}
