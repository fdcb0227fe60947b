using MnistGpu.Data;
using Spectre.Console;

namespace MnistGpu.Program.Output;

/// <summary>The confusion matrix: a row per true digit, a column per predicted one.</summary>
internal static class ConfusionTable
{
    public static void Write(int[,] confusion, string set)
    {
        Console.WriteLine($"  {set}: a row per digit, a column per prediction");
        var table = new Table().Border(TableBorder.Simple);
        table.AddColumn(new TableColumn("digit").RightAligned());
        for (var predicted = 0; predicted < DigitSet.Classes; predicted++)
        {
            table.AddColumn(new TableColumn($"{predicted}").RightAligned().NoWrap().Padding(0, 1));
        }

        table.AddColumn(new TableColumn("right").RightAligned().NoWrap());
        for (var digit = 0; digit < DigitSet.Classes; digit++)
        {
            var total = 0;
            var cells = new List<string> { $"{digit}" };
            for (var predicted = 0; predicted < DigitSet.Classes; predicted++)
            {
                var count = confusion[digit, predicted];
                total += count;
                cells.Add(digit == predicted ? $"[bold]{count}[/]" : count == 0 ? "·" : $"{count}");
            }

            cells.Add(total == 0 ? "-" : $"{100.0 * confusion[digit, digit] / total:0.0} %");
            table.AddRow([.. cells]);
        }

        AnsiConsole.Write(table);
    }
}
