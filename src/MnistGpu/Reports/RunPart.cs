namespace MnistGpu.Program.Reports;

/// <summary>What was run: the command that does it again, the data, the device, the options, the versions.</summary>
internal static class RunPart
{
    public static Markup Render(string command, IEnumerable<(string Name, string Value)> run,
        IEnumerable<(string Name, string Value)> options, bool hasKernels)
    {
        var listed = options.ToArray();
        var effect = listed.Length == 0
            ? Markup.Empty
            : Markup.From($"<h3>Options in effect</h3>\n{ReportPage.Facts("options", listed)}");
        var words = Markup.Join(command.Split(' ').Select((word, i) =>
            Markup.From($"{(i == 0 ? "" : " ")}<span>{word}</span>")));
        return ReportPage.Section("run", "What was run", "", Markup.From($"""
            <p class="note">To repeat it:</p>
            <pre class="command" tabindex="0" role="region" aria-label="Command">{words}</pre>
            {ReportPage.Facts("facts", run)}{effect}<h3>Versions</h3>
            {ReportPage.Facts("facts", Versions.All(hasKernels))}
            """));
    }
}
