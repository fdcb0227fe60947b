using System.Globalization;

namespace MnistGpu.Data.Formats;

/// <summary>
/// Makes bytes of numbers that are none: from 0 to 1, from 0 to 16 as scikit-learn's digits are, or spread from the
/// least to the greatest. What is guessed is told; no number is clipped.
/// </summary>
internal static class Levels
{
    private const int Sixteen = 16;

    /// <summary>The bytes.</summary>
    /// <param name="numbers">The numbers.</param>
    /// <param name="range">The numbers that become 0 and 255; null for a guess.</param>
    /// <param name="source">Where they come from, for people.</param>
    /// <param name="log">Is told what was guessed.</param>
    /// <param name="where">The place of the number at an index, for people.</param>
    /// <exception cref="UserErrorException">A number is outside the range, or none.</exception>
    public static byte[] From(float[] numbers, (double Low, double High)? range, string source, ReadLog log,
        Func<int, string> where)
    {
        var (least, most, isWhole) = (0, 0, true);
        for (var i = 0; i < numbers.Length; i++)
        {
            var number = numbers[i];
            if (!float.IsFinite(number))
            {
                throw Refuse(source, where(i), "a finite number", number);
            }

            least = number < numbers[least] ? i : least;
            most = number > numbers[most] ? i : most;
            isWhole &= number == MathF.Floor(number);
        }

        if (numbers.Length == 0)
        {
            return [];
        }

        var (low, high) = range ?? Guess(numbers[least], numbers[most], isWhole, source, log);
        if (numbers[least] < low || numbers[most] > high)
        {
            var wrong = numbers[least] < low ? least : most;
            throw Refuse(source, where(wrong), string.Create(CultureInfo.InvariantCulture,
                $"a number from {low} to {high}"), numbers[wrong]);
        }

        var bytes = new byte[numbers.Length];
        var scale = 255 / (high - low);
        Parallel.For(0, (numbers.Length + Part - 1) / Part, part =>
        {
            for (var i = part * Part; i < Math.Min(numbers.Length, (part + 1) * Part); i++)
            {
                bytes[i] = (byte)Math.Round((numbers[i] - low) * scale);
            }
        });
        return bytes;
    }

    /// <summary>Whole numbers that are bytes already, but of a smaller range: 0 and 1, or up to 16.</summary>
    public static byte[] Spread(byte[] pixels, string source, ReadLog log)
    {
        if (pixels.Length == 0 || pixels.AsSpan().IndexOfAnyExceptInRange((byte)0, (byte)Sixteen) >= 0)
        {
            return pixels;
        }

        var (_, high) = Guess(0, pixels.Max(), isWhole: true, source, log);
        return high == 255 ? pixels : Array.ConvertAll(pixels, pixel => (byte)Math.Round(pixel * 255 / high));
    }

    // Enough for a task of its own.
    private const int Part = 1 << 20;

    private static (double Low, double High) Guess(double least, double most, bool isWhole, string source, ReadLog log)
    {
        var (low, high) = isWhole
            ? (0.0, most switch { <= 1 => 1, <= Sixteen => Sixteen, _ => 255 })
            : least >= 0 && most <= 1 ? (0, 1)
            : least >= 0 && most > Sixteen && most <= 255 ? (0, 255)
            : (Math.Min(0, least), most);
        if (!isWhole && high == 255)
        {
            log.Guess($"the numbers of {source} are rounded to whole ones from 0 to 255");
        }
        else if (high != 255)
        {
            log.Guess(string.Create(CultureInfo.InvariantCulture,
                $"the numbers of {source} are taken as from {low:G6} to {high:G6} and become 0 to 255 ")
                + "(LoadOptions.Range = (LOW, HIGH) says otherwise)");
        }

        return (low, high);
    }

    private static UserErrorException Refuse(string source, string where, string expected, double found) =>
        new("A pixel is out of range", where: $"{source}, {where}", expected: expected,
            found: found.ToString("G9", CultureInfo.InvariantCulture),
            todo: "mend this number, or say the range: LoadOptions.Range = (LOW, HIGH)");
}
