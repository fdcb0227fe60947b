using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using MnistGpu.Files;

namespace MnistGpu.Bench.Measuring;

/// <summary>A column of a table.</summary>
internal readonly record struct Column(string Title, int Width, bool Right = true);

/// <summary>A table for people: the same cells in aligned columns on a console and in Markdown.</summary>
internal sealed class Table(params Column[] columns)
{
    private readonly List<string[]> rows = [];

    public bool IsEmpty => rows.Count == 0;

    public string Header => Line([.. columns.Select(c => c.Title)]);

    /// <summary>Adds a row and returns it for the console.</summary>
    public string Add(params string[] cells)
    {
        rows.Add(cells);
        return Line(cells);
    }

    public string Markdown()
    {
        var text = new StringBuilder();
        Append([.. columns.Select(c => c.Title)]);
        Append([.. columns.Select(c => c.Right ? "---:" : "---")]);
        rows.ForEach(Append);
        return text.ToString();

        void Append(string[] cells) => text.Append("| ")
            .AppendJoin(" | ", cells.Select(c => c.Replace("|", "\\|", StringComparison.Ordinal))).Append(" |\n");
    }

    private string Line(string[] cells) =>
        string.Join("  ", cells.Select((cell, i) => columns[i].Right
            ? cell.PadLeft(columns[i].Width) : cell.PadRight(columns[i].Width))).TrimEnd();
}

/// <summary>The shapes of the results for people and programs.</summary>
internal static class Report
{
    /// <summary>Names in camel case, no field without a value, no number that JSON lacks.</summary>
    public static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Three digits and a unit that fits.</summary>
    public static string Time(double seconds) => seconds switch
    {
        < 1e-6 => $"{Digits(seconds * 1e9)} ns",
        < 1e-3 => $"{Digits(seconds * 1e6)} µs",
        < 1 => $"{Digits(seconds * 1e3)} ms",
        _ => $"{Digits(seconds)} s",
    };

    /// <summary>Three digits.</summary>
    public static string Digits(double value) => value == 0 ? "0" : Math.Abs(value) switch
    {
        < 0.1 => value.ToString("G2"),
        < 10 => value.ToString("F2"),
        < 100 => value.ToString("F1"),
        _ => value.ToString("N0"),
    };

    public static string Percent(double share) => share < 0.1 ? $"{100 * share:F1} %" : $"{100 * share:F0} %";

    /// <summary>What stands above every table.</summary>
    public static IEnumerable<string> Heading(Machine machine)
    {
        yield return $"{machine.Date}, commit {machine.Commit}";
        yield return $"{machine.Cpu}, {machine.Cores} cores, {machine.MemoryGigabytes:F0} GB; {machine.System}; "
            + $"{machine.Dotnet}; ILGPU {machine.Ilgpu}";
        if (!machine.Optimized)
        {
            yield return "NOT OPTIMIZED: built for debugging; take -c Release for figures that mean anything";
        }
    }

    /// <summary>Writes a page to kernels-bench/results.</summary>
    /// <returns>Its path.</returns>
    /// <exception cref="UserErrorException">It cannot be written.</exception>
    public static string Write(string name, string command, Machine machine, IEnumerable<string> more,
        params ReadOnlySpan<Table> tables)
    {
        var folder = Path.Combine(Machine.SourceRoot
            ?? throw new UserErrorException("The results' folder is not here", where: "--results",
            expected: "a clone of the sources around the program", found: AppContext.BaseDirectory,
                todo: "run it by dotnet run from a clone"),
            "kernels-bench", "results");
        Directory.CreateDirectory(folder);
        var text = new StringBuilder($"# {name}\n\n");
        foreach (var line in Heading(machine).Concat(more))
        {
            text.Append(line).Append("  \n");
        }

        text.Append($"`{command}`\n");
        foreach (var table in tables)
        {
            if (!table.IsEmpty)
            {
                text.Append('\n').Append(table.Markdown());
            }
        }

        var path = Path.Combine(folder, FileName(name) + ".md");
        AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text.ToString())));
        return path;
    }

    /// <summary>
    /// A name that every file system takes: letters and digits in lower case, everything else one hyphen.
    /// </summary>
    public static string FileName(string name)
    {
        var text = new StringBuilder();
        foreach (var c in name)
        {
            if (char.IsAsciiLetterOrDigit(c))
            {
                text.Append(char.ToLowerInvariant(c));
            }
            else if (text.Length > 0 && text[^1] != '-')
            {
                text.Append('-');
            }
        }

        return text.ToString().TrimEnd('-') is { Length: > 0 } file ? file : "device";
    }
}
