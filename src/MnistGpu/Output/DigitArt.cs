using System.Text;
using MnistGpu.Data;

namespace MnistGpu.Program.Output;

/// <summary>Draws images in the terminal, side by side, one character per two pixels of height.</summary>
internal static class DigitArt
{
    // Most images leave a margin of four pixels; two on each side are enough to see it.
    private const int Margin = 2;
    private const int Width = DigitSet.Side - 2 * Margin;
    private const int Gap = 2;

    /// <summary>Lines with as many of the images as fit the width, each above its caption.</summary>
    /// <param name="images">The pixels of each image and a caption of at most 24 characters.</param>
    /// <param name="terminalWidth">Characters to a line.</param>
    public static IEnumerable<string> Draw(IReadOnlyList<(ReadOnlyMemory<byte> Pixels, string Caption)> images,
        int terminalWidth)
    {
        var shades = Console.OutputEncoding.WebName.StartsWith("utf", StringComparison.Ordinal) ? " ░▒▓█" : " .:*#";
        var shown = images.Take(Math.Max(1, (terminalWidth + Gap) / (Width + Gap))).ToArray();
        for (var row = Margin; row < DigitSet.Side - Margin; row += 2)
        {
            var line = new StringBuilder();
            foreach (var (pixels, _) in shown)
            {
                for (var column = Margin; column < DigitSet.Side - Margin; column++)
                {
                    var ink = pixels.Span[row * DigitSet.Side + column]
                        + pixels.Span[(row + 1) * DigitSet.Side + column];
                    line.Append(shades[(ink * (shades.Length - 1) + 255) / 510]);
                }

                line.Append(' ', Gap);
            }

            yield return line.ToString().TrimEnd();
        }

        yield return string.Concat(shown.Select(s => s.Caption.PadRight(Width + Gap))).TrimEnd();
    }
}
