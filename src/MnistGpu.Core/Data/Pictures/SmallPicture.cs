using MnistGpu.Data.Pictures.Decoding;
using MnistGpu.Data.Pictures.Ink;

namespace MnistGpu.Data.Pictures;

/// <summary>
/// Turns a picture of anything into an image of a network's size: the whole picture, stretched to width and height by
/// the means of the areas that its pixels cover, grey or in colour. What is transparent is laid on white.
/// </summary>
internal static class SmallPicture
{
    // Larger pictures are averaged over whole squares first; eight squares to a pixel leave no seams to see.
    private const int Finer = 8;

    /// <summary>Reads a PNG, JPEG or BMP.</summary>
    /// <param name="path">The file.</param>
    /// <param name="shape">Width, height and colours of the image.</param>
    /// <exception cref="UserErrorException">The file cannot be read, or is no picture.</exception>
    public static byte[] Read(string path, DataShape shape) => Decode(PictureReader.Bytes(path), path, shape);

    /// <summary>The same of a picture in memory, which errors call <paramref name="name"/>.</summary>
    /// <exception cref="UserErrorException">This is no picture, or too large a one.</exception>
    /// <exception cref="OperationCanceledException">Asked to end.</exception>
    public static byte[] Decode(ArraySegment<byte> file, string name, DataShape shape,
        long maxPixels = PictureReader.MaxPixels, CancellationToken cancel = default)
    {
        var image = new byte[shape.Pixels];
        var side = Finer * Math.Max(shape.Width, shape.Height);
        for (var channel = 0; channel < shape.Channels; channel++)
        {
            var light = shape.Channels == 1 ? Light.Grey : Lights.Colours[channel];
            var (picture, _) = PictureReader.Decode(file, name, maxPixels, side, light, cancel);
            Scale(picture, shape, image.AsSpan(channel));
        }

        return image;
    }

    /// <summary>Writes a picture's means into every channels-th byte of an image.</summary>
    private static void Scale(GrayPicture picture, DataShape shape, Span<byte> image)
    {
        if ((picture.Width, picture.Height) == (shape.Width, shape.Height))
        {
            for (var i = 0; i < picture.Pixels.Length; i++)
            {
                image[i * shape.Channels] = picture.Pixels[i];
            }

            return;
        }

        var (across, down) = (Shares(picture.Width, shape.Width), Shares(picture.Height, shape.Height));
        var rows = new double[shape.Width * picture.Height];
        for (var y = 0; y < picture.Height; y++)
        {
            for (var x = 0; x < shape.Width; x++)
            {
                foreach (var (from, share) in across[x])
                {
                    rows[y * shape.Width + x] += share * picture.Pixels[y * picture.Width + from];
                }
            }
        }

        for (var y = 0; y < shape.Height; y++)
        {
            for (var x = 0; x < shape.Width; x++)
            {
                var sum = 0.0;
                foreach (var (from, share) in down[y])
                {
                    sum += share * rows[from * shape.Width + x];
                }

                image[(y * shape.Width + x) * shape.Channels] = (byte)Math.Round(sum);
            }
        }
    }

    /// <summary>For each pixel of the result: which of the picture's it covers, and how much of it each is.</summary>
    private static (int From, double Share)[][] Shares(int from, int to)
    {
        var shares = new (int, double)[to][];
        for (var i = 0; i < to; i++)
        {
            double start = (double)i * from / to, end = (double)(i + 1) * from / to;
            var (first, last) = ((int)start, Math.Min(from, (int)Math.Ceiling(end)));
            shares[i] = [.. Enumerable.Range(first, Math.Max(1, last - first))
                .Select(at => (at, (Math.Min(end, at + 1) - Math.Max(start, at)) / (end - start)))];
        }

        return shares;
    }
}
