using System.Text.RegularExpressions;
using MnistGpu.Tests.Support;

namespace MnistGpu.Tests;

/// <summary>What keeps the sources easy to read. CONTRIBUTING.md says why; here it is held.</summary>
public sealed partial class HouseTests
{
    private const int LongestLine = 120;
    private const int LongestFile = 300;

    /// <summary>The one folder whose namespace is not its own: what users of the library see has one name.</summary>
    private const string Api = "Api";

    public static TheoryData<string> Projects =>
        ["src/MnistGpu.Core", "src/MnistGpu.Gpu", "src/MnistGpu", "tests/MnistGpu.Tests", "kernels-bench"];

    [Fact]
    public void NoLineIsLongerThanAScreenIsWide()
    {
        string[] kinds = [".cs", ".js", ".css", ".md"];
        var files = Files("").Where(file => kinds.Contains(Path.GetExtension(file))).ToArray();
        Assert.NotEmpty(files);
        var longLines = files.SelectMany(file => File.ReadAllLines(file)
            .Select((line, at) => (line, where: $"{Name(file)}:{at + 1}: {line.Length} characters"))
            .Where(row => row.line.Length > LongestLine
                && !(file.EndsWith(".md", StringComparison.Ordinal) && MayBeLong(row.line)))
            .Select(row => row.where));
        AssertNone(longLines, $"break the line before character {LongestLine}");
    }

    [Fact]
    public void NoFileIsLongerThanAReaderKeepsInMind()
    {
        var longFiles = Files("").Where(IsCSharp)
            .Select(file => (file, lines: File.ReadLines(file).Count()))
            .Where(row => row.lines > LongestFile)
            .Select(row => $"{Name(row.file)}: {row.lines} lines");
        AssertNone(longFiles, "split it by what its parts are for");
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void NoTwoFilesOfAProjectShareAName(string project)
    {
        var twice = Files(project).Where(IsCSharp).GroupBy(file => Path.GetFileName(file))
            .Where(group => group.Count() > 1)
            .Select(group => string.Join(", ", group.Select(Name)));
        AssertNone(twice, "say in the name what tells them apart");
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void NamespacesAreFolders(string project)
    {
        var root = project switch
        {
            "kernels-bench" => "MnistGpu.Bench",
            "src/MnistGpu.Core" => "MnistGpu",
            "src/MnistGpu" => "MnistGpu.Program",
            _ => Path.GetFileName(project)
        };
        var elsewhere = Files(project).Where(IsCSharp)
            .Select(file => (file, folder: Folder(project, file)))
            // .NET calls what is in these by names that have no namespace.
            .Where(row => Path.GetFileName(row.file) is not ("Program.cs" or "StartupHook.cs"))
            .Where(row => !File.ReadAllText(row.file).Contains(
                $"namespace {(IsApi(project, row.file) ? root : Namespace(root, row.folder))};",
                StringComparison.Ordinal))
            .Select(row => Name(row.file));
        AssertNone(elsewhere, "name the namespace after the folder");
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void FoldersDependOneWay(string project)
    {
        var cycle = new SourceMap(Files(project).Where(IsCSharp).Select(file => IsApi(project, file)
            ? File.ReadAllText(file).Replace("namespace MnistGpu;", $"namespace MnistGpu.{Api};",
                StringComparison.Ordinal)
            : File.ReadAllText(file)), $"MnistGpu.{Api}").Cycle();
        Assert.True(cycle.Count == 0, "A cycle of folders: " + string.Join("; ", cycle));
    }

    [Fact]
    public void ACycleOfFoldersIsFound()
    {
        const string Upper = "using A.Lower;\nnamespace A;\npublic class Upper { Below below; }";
        const string Lower = "namespace A.Lower;\npublic class Below { /* Upper */ }";
        const string Back = "namespace A.Lower;\npublic class Beside { Upper upper; }";
        const string Extension = "namespace A;\npublic static class More { public static int Twice(this int x) => x; }";
        const string UsesIt = "namespace A.Lower;\npublic class Uses { int x = 1.Twice(); int y = y.Twice(); }";
        Assert.Empty(new SourceMap([Upper, Lower]).Cycle());
        Assert.Equal(2, new SourceMap([Upper, Lower, Back]).Cycle().Count);
        Assert.Equal(2, new SourceMap([Upper, Lower, Extension, UsesIt]).Cycle().Count);
        const string Says = "namespace A.Lower;\npublic class Says { string x = $\"Upper, {1} Upper\" + \"Upper\"; }";
        const string Asks = "namespace A.Lower;\npublic class Asks { string x = $\"No {nameof(Upper)}\" + \"\"; }";
        Assert.Empty(new SourceMap([Upper, Lower, Says]).Cycle());
        Assert.Equal(2, new SourceMap([Upper, Lower, Asks]).Cycle().Count);
        const string Facade = "using A.Lower;\nnamespace A.Api;\npublic class Facade { Below below; }";
        const string Knows = "namespace A.Lower;\npublic class Knows { Facade facade; }";
        Assert.Empty(new SourceMap([Lower, Facade], "A.Api").Cycle());
        Assert.Equal(2, new SourceMap([Lower, Facade, Knows], "A.Api").Cycle().Count);
    }

    [Fact]
    public void NoCommentCitesADocumentThatIsNotHere()
    {
        var missing = Files("").Where(IsCSharp)
            .SelectMany(file => Comments().Matches(File.ReadAllText(file)).SelectMany(comment =>
            Sections().Matches(comment.Value).Where(_ => !Citation().IsMatch(comment.Value))
                .Select(match => match.Value)
                .Concat(Documents().Matches(comment.Value).Select(match => match.Value)
                    .Where(document => Files("").All(other =>
                        !other.EndsWith("/" + document, StringComparison.Ordinal))))
                .Select(words => $"{Name(file)}: {words}")));
        AssertNone(missing, "name the paper and its year, or say what it says");
    }

    private static void AssertNone(IEnumerable<string> faults, string todo)
    {
        var all = faults.ToArray();
        Assert.True(all.Length == 0, $"{all.Length} found; {todo}:\n" + string.Join("\n", all.Take(40)));
    }

    private static bool IsApi(string project, string file) =>
        project == "src/MnistGpu.Core" && Folder(project, file) == Api;

    private static string Folder(string project, string file) =>
        Path.GetRelativePath(Path.Combine(SourceTree.Root, project), Path.GetDirectoryName(file)!);

    private static string Namespace(string root, string folder) =>
        folder == "." ? root : $"{root}.{folder.Replace(Path.DirectorySeparatorChar, '.')}";

    // A table's row cannot be broken, nor can a link or its definition.
    private static bool MayBeLong(string line) =>
        line.TrimStart().StartsWith('|') || line.Contains("](", StringComparison.Ordinal);

    private static bool IsCSharp(string file) => file.EndsWith(".cs", StringComparison.Ordinal);

    private static string Name(string file) => Path.GetRelativePath(SourceTree.Root, file);

    // The bench writes its results: they are records, not pages to be edited.
    private static IEnumerable<string> Files(string folder) => Directory
        .EnumerateFiles(Path.Combine(SourceTree.Root, folder), "*", SearchOption.AllDirectories)
        .Where(file => !Built().IsMatch(Name(file)))
        .Select(file => file.Replace('\\', '/'));

    [GeneratedRegex(@"(^|[\\/])(bin|obj|artifacts|results|\.[^\\/]+)[\\/]")]
    private static partial Regex Built();

    [GeneratedRegex(@"(?:^[ \t]*//.*\n?)+", RegexOptions.Multiline)]
    private static partial Regex Comments();

    [GeneratedRegex(@"\bsections? \d+|\bthe design('s)?\b", RegexOptions.IgnoreCase)]
    private static partial Regex Sections();

    [GeneratedRegex(@"\b(19|20)\d\d\b|arXiv|RFC \d+")]
    private static partial Regex Citation();

    [GeneratedRegex(@"\b[\w-]+\.md\b")]
    private static partial Regex Documents();
}
