using System.Globalization;
using MnistGpu.Data;

namespace MnistGpu.Program.Output;

/// <summary>
/// The confusion matrix: a row per true class, a column per predicted one. Where it is too wide for a terminal, a row
/// per class with what it is most often taken for.
/// </summary>
internal static class ConfusionTable
{
    private const int Widest = 80;

    // A longer name is cut in the list.
    private const int LongestName = 24;

    public static void Write(int[,] confusion, DataShape shape, string set)
    {
        var lines = Lines(confusion, shape).ToArray();
        var isMatrix = IsMatrix(confusion, shape);
        Console.WriteLine($"  {set}: a row per {Word(shape)}, "
            + (isMatrix ? "a column per prediction" : "and what it is most often taken for"));
        foreach (var line in lines)
        {
            Console.WriteLine(line);
        }
    }

    /// <summary>The matrix in lines, every prediction's column as wide as the widest; or the list.</summary>
    /// <param name="confusion">How many images of class [row] were called [column].</param>
    /// <param name="shape">The classes.</param>
    internal static IEnumerable<string> Lines(int[,] confusion, DataShape shape) =>
        IsMatrix(confusion, shape) ? Matrix(confusion, shape) : List(confusion, shape);

    private static string Word(DataShape shape) => shape.IsDigits ? "digit" : "class";

    private static int Cell(int[,] confusion, DataShape shape) => Math.Max(shape.ClassNames.Max(name => name.Length),
        confusion.Cast<int>().Max().ToString(CultureInfo.InvariantCulture).Length) + 1;

    private static int First(DataShape shape) => Math.Max(7, shape.ClassNames.Max(name => name.Length) + 2);

    private static bool IsMatrix(int[,] confusion, DataShape shape) =>
        First(shape) + shape.Classes * (Cell(confusion, shape) + 1) + 12 <= Widest;

    private static IEnumerable<string> Matrix(int[,] confusion, DataShape shape)
    {
        var classes = Enumerable.Range(0, shape.Classes).ToArray();
        var (first, width) = (First(shape), Cell(confusion, shape));
        yield return Row(Word(shape), shape.ClassNames, "right");
        foreach (var one in classes)
        {
            yield return Row(shape.ClassNames[one],
                classes.Select(called => confusion[one, called] is var count && count > 0 ? $"{count}" : "·"),
                Right(confusion, one));
        }

        string Row(string name, IEnumerable<string> cells, string right) =>
            TextRow.Format([(name, first), .. cells.Select(cell => ((string?)cell, width)), (right, 9)]);
    }

    private static IEnumerable<string> List(int[,] confusion, DataShape shape)
    {
        var width = Math.Min(LongestName, Math.Max(5, shape.ClassNames.Max(name => name.Length)));
        yield return TextRow.Format([("class", -width), ("images", 8), ("right", 9), ("  most often taken for", -24)]);
        for (var one = 0; one < shape.Classes; one++)
        {
            var (total, other) = (0, -1);
            for (var called = 0; called < shape.Classes; called++)
            {
                total += confusion[one, called];
                other = called != one && confusion[one, called] > (other < 0 ? 0 : confusion[one, other])
                    ? called : other;
            }

            yield return TextRow.Format([(Cut(shape.ClassNames[one], width), -width), ($"{total}", 8),
                (Right(confusion, one), 9),
                (other < 0 ? "" : $"  {Cut(shape.ClassNames[other], width)} ({confusion[one, other]})", 0)]).TrimEnd();
        }
    }

    private static string Right(int[,] confusion, int one)
    {
        var total = Enumerable.Range(0, confusion.GetLength(1)).Sum(called => confusion[one, called]);
        return total == 0 ? "-" : string.Create(CultureInfo.InvariantCulture,
            $"{100.0 * confusion[one, one] / total:0.0} %");
    }

    private static string Cut(string name, int width) => name.Length <= width ? name : name[..(width - 1)] + "…";
}
