using System.Globalization;
using MnistGpu.Data;

namespace MnistGpu.Program.Output;

/// <summary>The confusion matrix: a row per true digit, a column per predicted one.</summary>
internal static class ConfusionTable
{
    public static void Write(int[,] confusion, string set)
    {
        Console.WriteLine($"  {set}: a row per digit, a column per prediction");
        foreach (var line in Lines(confusion))
        {
            Console.WriteLine(line);
        }
    }

    /// <summary>The matrix in lines, every prediction's column as wide as the widest.</summary>
    /// <param name="confusion">How many images of digit [row] were called [column].</param>
    internal static IEnumerable<string> Lines(int[,] confusion)
    {
        var digits = Enumerable.Range(0, DigitSet.Classes).ToArray();
        var width = confusion.Cast<int>().Max().ToString(CultureInfo.InvariantCulture).Length + 1;
        yield return Row("digit", digits.Select(digit => $"{digit}"), "right");
        foreach (var digit in digits)
        {
            var total = digits.Sum(called => confusion[digit, called]);
            yield return Row($"{digit}",
                digits.Select(called => confusion[digit, called] is var count && count > 0 ? $"{count}" : "·"),
                total == 0 ? "-" : string.Create(CultureInfo.InvariantCulture,
                    $"{100.0 * confusion[digit, digit] / total:0.0} %"));
        }

        string Row(string digit, IEnumerable<string> cells, string right) =>
            TextRow.Format([(digit, 7), .. cells.Select(cell => ((string?)cell, width)), (right, 9)]);
    }
}
