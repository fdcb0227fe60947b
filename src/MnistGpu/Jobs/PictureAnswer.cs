using MnistGpu.Program.Settings;
using MnistGpu.Training;

namespace MnistGpu.Program.Jobs;

/// <summary>What a network says of one picture.</summary>
/// <param name="Image">The file.</param>
/// <param name="Digits">Its answer for each digit, from left to right, or for the whole picture; empty where there is
/// none.</param>
/// <param name="Error">Why there is no answer; else null.</param>
internal sealed record PictureAnswer(
    string Image, IReadOnlyList<DigitAnswer> Digits, UserErrorException? Error = null)
{
    /// <summary>Why there is no answer, on one line; else null.</summary>
    public string? ErrorLine
    {
        get
        {
            if (Error is null)
            {
                return null;
            }

            var lines = OptionWords.In(Error).Split('\n');
            var rest = lines.Skip(1).Select(line => line.Split(':', 2, StringSplitOptions.TrimEntries))
                .Where(parts => parts[0] is "found" or "to do").Select(parts => string.Join(": ", parts));
            var what = lines[0].StartsWith(Image + ": ", StringComparison.Ordinal)
                ? lines[0][(Image.Length + 2)..] : lines[0];
            return string.Join("; ", rest.Prepend(what));
        }
    }
}

/// <summary>What a network says of one image.</summary>
/// <param name="Pixels">The pixels that it read.</param>
/// <param name="Probabilities">The probability of each class.</param>
internal sealed record DigitAnswer(byte[] Pixels, double[] Probabilities)
{
    /// <summary>The number of the most probable class: the digit, where they are digits.</summary>
    public int Digit => Evaluation.Best(Probabilities);

    /// <summary>Its probability.</summary>
    public double Probability => Probabilities[Digit];
}
