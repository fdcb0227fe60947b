using System.Text;
using MnistGpu.Data;

namespace MnistGpu.Program.Output;

/// <summary>Draws images in the terminal, side by side, one character per two pixels of height.</summary>
internal static class DigitArt
{
    // MNIST's images leave a margin of four pixels; two on each side are enough to see it.
    private const int DigitMargin = 2;

    // Characters of a wider image stand for several of its pixels.
    private const int Widest = 32;
    private const int Gap = 2;

    /// <summary>Lines with as many of the images as fit the width, each above its caption.</summary>
    /// <param name="images">The pixels of each image and a caption, which is cut to the image's width.</param>
    /// <param name="shape">The images' size.</param>
    /// <param name="terminalWidth">Characters to a line.</param>
    public static IEnumerable<string> Draw(IReadOnlyList<(ReadOnlyMemory<byte> Pixels, string Caption)> images,
        DataShape shape, int terminalWidth)
    {
        var shades = Console.OutputEncoding.WebName.StartsWith("utf", StringComparison.Ordinal)
            ? " ░▒▓█" : " .:*#";
        var margin = shape is { Width: Mnist.Side, Height: Mnist.Side, Channels: 1 } ? DigitMargin : 0;
        var step = (shape.Width + Widest - 1) / Widest;
        var width = (shape.Width - 2 * margin) / step;
        var column = Math.Max(width, Caption(shape));
        var shown = images.Take(Math.Max(1, (terminalWidth + Gap) / (column + Gap))).ToArray();
        for (var row = margin; row < shape.Height - margin; row += 2 * step)
        {
            var line = new StringBuilder();
            foreach (var (pixels, _) in shown)
            {
                for (var x = 0; x < width; x++)
                {
                    var ink = Mean(pixels.Span, shape, margin + x * step, row, step);
                    line.Append(shades[(ink * (shades.Length - 1) + 255) / 510]);
                }

                line.Append(' ', column - width + Gap);
            }

            yield return line.ToString().TrimEnd();
        }

        yield return string.Concat(shown.Select(s => Cut(s.Caption, column).PadRight(column + Gap))).TrimEnd();
    }

    /// <summary>
    /// Twice the mean level of a character: step × 2·step pixels; what is below the image counts as 0.
    /// </summary>
    private static int Mean(ReadOnlySpan<byte> pixels, DataShape shape, int left, int top, int step)
    {
        var sum = 0;
        for (var y = top; y < Math.Min(shape.Height, top + 2 * step); y++)
        {
            for (var x = left; x < left + step; x++)
            {
                for (var c = 0; c < shape.Channels; c++)
                {
                    sum += pixels[(y * shape.Width + x) * shape.Channels + c];
                }
            }
        }

        return sum / (step * step * shape.Channels);
    }

    // Room for "predicted 3, is 5" beside its mark.
    private static int Caption(DataShape shape) => shape.IsDigits ? 0 : 24;

    private static string Cut(string caption, int width) =>
        caption.Length <= width ? caption : caption[..(width - 1)] + "…";
}
