using MnistGpu.Model;
using MnistGpu.Program.Jobs;
using MnistGpu.Proof;
using Spectre.Console;

namespace MnistGpu.Program.Output;

/// <summary>What `verify` found, for people: the verdict first.</summary>
internal static class VerificationText
{
    /// <summary>Writes the verdict, a line per device, what failed, and every row where asked for.</summary>
    public static void Write(
        IReadOnlyList<(string Device, NetworkShape Network, VerificationResult Result)> rows, int images, bool all)
    {
        var failed = rows.Where(row => !row.Result.Passed).ToArray();
        Console.WriteLine(failed.Length == 0 ? $"All {rows.Count} checks passed."
            : $"{failed.Length} of {rows.Count} checks FAILED.");
        foreach (var device in rows.GroupBy(row => row.Device, row => row.Result))
        {
            Console.WriteLine(Readable.Row(device.Key, Line([.. device])));
        }

        var unusual = rows.Where(row => row.Result is { Passed: true, IsUsual: false }).ToArray();
        if (unusual.Length > 0)
        {
            Console.Error.WriteLine($"warning: {unusual.Length} errors are within what rounding can explain, but far "
                + "beyond what is usual: look at them, by --rows");
        }

        if (all || failed.Length > 0)
        {
            AnsiConsole.Write(Rows(all ? rows : failed));
            Console.WriteLine($"{images} synthetic images. No rounding can exceed a bound; shown is the element");
            Console.WriteLine("nearest to its bound. Usual: the largest share of what errors nearly always");
            Console.WriteLine("stay within.");
        }
    }

    private static string Line(VerificationResult[] results)
    {
        var failed = results.Count(result => !result.Passed);
        return failed > 0 ? $"{failed} of {results.Length} checks FAILED"
            : $"{results.Length} passed; errors up to {Percent(results.Max(r => r.Share))} of the bounds, "
                + $"{Percent(results.Max(r => r.ProbableShare))} of the usual";
    }

    private static string Percent(double share) => share switch
    {
        < 0.0005 => "0 %",
        < 0.01 => $"{100 * share:0.##} %",
        < 0.1 => $"{100 * share:0.#} %",
        _ => $"{100 * share:N0} %",
    };

    private static Table Rows(IReadOnlyList<(string Device, NetworkShape Network, VerificationResult Result)> rows)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("device", "network", "check");
        foreach (var name in (string[])["error", "bound", "usual"])
        {
            table.AddColumn(new TableColumn(name).RightAligned());
        }

        table.AddColumn("");
        foreach (var (device, network, result) in rows)
        {
            table.AddRow(device, network.ToString(), result.What, $"{result.Error:0.0e+00}", $"{result.Bound:0.0e+00}",
                Percent(result.ProbableShare),
                !result.Passed ? "[red]FAILED[/]" : result.IsUsual ? "ok" : "[yellow]unusual[/]");
        }

        return table;
    }
}
