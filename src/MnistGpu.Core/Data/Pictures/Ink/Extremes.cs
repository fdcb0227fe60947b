namespace MnistGpu.Data.Pictures.Ink;

/// <summary>
/// The least and the greatest level in a square around each pixel, in a time that does not depend on the square (van
/// Herk 1992, "A fast algorithm for local minimum and maximum filters", Pattern Recognition Letters 13).
/// </summary>
internal static class Extremes
{
    /// <summary>
    /// The picture without what is light and narrower than a square: the greatest of the least levels in the squares
    /// that hold a pixel. Beyond the picture, squares go on.
    /// </summary>
    public static GrayPicture Opened(GrayPicture picture, int square)
    {
        var radius = square / 2;
        var least = Along(Along(picture, radius, greatest: false).Transposed(), radius, greatest: false);
        return Along(Along(least, radius, greatest: true).Transposed(), radius, greatest: true);
    }

    /// <summary>The extreme of each row's pixels from -radius to radius around each.</summary>
    private static GrayPicture Along(GrayPicture picture, int radius, bool greatest)
    {
        int width = picture.Width, length = 2 * radius + 1;
        // Padded on both sides with what is never the extreme, to whole blocks.
        var blocks = (width + 2 * radius + length - 1) / length;
        byte none = greatest ? (byte)0 : (byte)255;
        byte[] padded = new byte[blocks * length], forward = new byte[blocks * length],
            backward = new byte[blocks * length];
        var result = new GrayPicture(width, picture.Height);
        padded.AsSpan().Fill(none);
        for (var y = 0; y < picture.Height; y++)
        {
            picture.Row(y).CopyTo(padded.AsSpan(radius));
            for (var i = 0; i < padded.Length; i++)
            {
                forward[i] = i % length == 0 ? padded[i] : Of(forward[i - 1], padded[i]);
            }

            for (var i = padded.Length - 1; i >= 0; i--)
            {
                backward[i] = i % length == length - 1 ? padded[i] : Of(backward[i + 1], padded[i]);
            }

            var row = result.Row(y);
            for (var x = 0; x < width; x++)
            {
                row[x] = Of(backward[x], forward[x + length - 1]);
            }
        }

        return result;

        byte Of(byte a, byte b) => greatest ? Math.Max(a, b) : Math.Min(a, b);
    }
}
