using MnistGpu.Files;
using StbImageWriteSharp;

namespace MnistGpu.Data.Pictures;

/// <summary>A picture of many images at once.</summary>
internal static class ContactSheet
{
    /// <summary>Writes the first columns·rows images of the set as one PNG, row by row.</summary>
    /// <param name="path">The file to write.</param>
    /// <param name="set">The images.</param>
    /// <param name="columns">Images side by side.</param>
    /// <param name="rows">Images one above the other, at most: a short set makes a short sheet.</param>
    /// <param name="zoom">Pixels of the sheet along each side of an image's pixel.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number below 1, or a sheet that no .NET array holds.</exception>
    /// <exception cref="UserErrorException">The path cannot be written.</exception>
    public static void Write(string path, DigitSet set, int columns, int rows, int zoom = 2)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(zoom, 1);
        var count = (int)Math.Min((long)columns * rows, set.Count);
        columns = Math.Min(columns, count);
        rows = (count + columns - 1) / columns;
        var (side, lines, channels) = (set.Shape.Width, set.Shape.Height, set.Shape.Channels);
        long width = (long)columns * side * zoom, height = (long)rows * lines * zoom;
        ArgumentOutOfRangeException.ThrowIfGreaterThan((double)width * height * channels, Array.MaxLength / 4,
            nameof(zoom));
        var sheet = new byte[width * height * channels];
        for (var y = 0; y < height; y++)
        {
            int row = y / zoom / lines, line = y / zoom % lines;
            for (var column = 0; column < columns && row * columns + column < count; column++)
            {
                var image = set.Image(row * columns + column).Slice(line * side * channels,
                    side * channels);
                var to = sheet.AsSpan((int)(y * width + column * side * zoom) * channels, side * zoom * channels);
                for (var x = 0; x < to.Length; x++)
                {
                    to[x] = image[x / channels / zoom * channels + x % channels];
                }
            }
        }

        AtomicFile.Write(path, file =>
            new ImageWriter().WritePng(sheet, (int)width, (int)height, channels == 1
                ? ColorComponents.Grey : ColorComponents.RedGreenBlue, file));
    }
}
