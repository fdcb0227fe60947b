namespace MnistGpu.Program.Settings;

/// <summary>The words that start this program as its user did, so that printed commands can be typed.</summary>
internal static class StartedAs
{
    private const string Name = "mnistgpu";

    // `dotnet run` gives this to the program that it starts; where it is set by chance, the words work all the same.
    private const string SetByRun = "MSBUILDFAILONDRIVEENUMERATINGWILDCARD";

    /// <summary>The words of this process.</summary>
    public static IReadOnlyList<string> Words { get; } = WordsFor(Environment.ProcessPath,
        Environment.GetCommandLineArgs().FirstOrDefault(), Environment.CurrentDirectory,
        Environment.GetEnvironmentVariable("PATH"), Environment.GetEnvironmentVariable(SetByRun) is not null);

    /// <summary>A command with these words, each in quotes where a shell needs them.</summary>
    public static string Command(params IEnumerable<string> words) => CommandText.Join([.. Words, .. words]);

    /// <summary>The words that start the program again.</summary>
    /// <param name="process">The file that runs: the program, or dotnet.</param>
    /// <param name="first">The assembly of the program, as the process knows it.</param>
    /// <param name="folder">Where the user is.</param>
    /// <param name="searched">The folders that the shell searches, as PATH has them.</param>
    /// <param name="byRun">Whether <c>dotnet run</c> started it.</param>
    public static IReadOnlyList<string> WordsFor(
        string? process, string? first, string folder, string? searched, bool byRun)
    {
        if (Path.GetFileNameWithoutExtension(process) == "dotnet" && Path.GetFileNameWithoutExtension(first) == Name)
        {
            return ["dotnet", Shortest(first!, folder)];
        }

        if (process is null || Path.GetFileNameWithoutExtension(process) != Name)
        {
            return [Name];
        }

        if (byRun && ProjectOf(process) is { } project)
        {
            string[] configuration = process.Split(Path.DirectorySeparatorChar).Contains("Release")
                ? ["-c", "Release"] : [];
            return ["dotnet", "run", .. configuration, "--project", Shortest(project, folder), "--"];
        }

        var isFound = (searched ?? "").Split(Path.PathSeparator).Any(place => place.Length > 0
            && Path.GetFullPath(place) == Path.GetDirectoryName(process));
        var path = Shortest(process, folder);
        return [isFound ? Name : path.Contains(Path.DirectorySeparatorChar, StringComparison.Ordinal) ? path
            : $".{Path.DirectorySeparatorChar}{path}"];
    }

    /// <summary>A path from where the user is, unless that leads upwards.</summary>
    private static string Shortest(string path, string folder)
    {
        var relative = Path.GetRelativePath(folder, path);
        return relative.StartsWith("..", StringComparison.Ordinal) ? Path.GetFullPath(path, folder) : relative;
    }

    /// <summary>The folder of the project that a file below its bin was built from; null for none.</summary>
    private static string? ProjectOf(string process)
    {
        for (var at = Path.GetDirectoryName(process); at is not null; at = Path.GetDirectoryName(at))
        {
            if (Path.GetFileName(at) == "bin" && Path.GetDirectoryName(at) is { } above
                && Directory.EnumerateFiles(above, "*.csproj").Any())
            {
                return above;
            }
        }

        return null;
    }
}
