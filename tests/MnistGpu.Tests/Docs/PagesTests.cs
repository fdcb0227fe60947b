using System.CommandLine;
using System.Reflection;
using System.Text.RegularExpressions;
using MnistGpu.Gpu;
using MnistGpu.Model;
using MnistGpu.Tests.Support;

namespace MnistGpu.Tests.Docs;

/// <summary>What the pages promise: links that lead somewhere, types that exist, a front page that is short.</summary>
public sealed class PagesTests
{
    private const int FrontLines = 150;
    private const int ParagraphWords = 60;
    private const int LineCharacters = 120;
    private const long PictureBytes = 200_000;

    // Lines about other programs, whose options are not ours.
    private static readonly string[] Others =
    [
        "kernels-bench", "dotnet add", "dotnet test", "dotnet publish", "dotnet format", "--filter-", "curl", "mpirun",
        "srun", "#SBATCH",
    ];

    private static readonly Assembly Program = typeof(MnistGpu.Program.Web.WebServer).Assembly;

    public static TheoryData<string> WrittenPages => [.. MarkdownPage.All()
        .Select(page => Path.GetRelativePath(SourceTree.Root, page.Path))
        .Where(path => Path.GetDirectoryName(path) is "" or "docs" or "data" or "kernels-bench")];

    [Fact]
    public void EveryLinkLeadsSomewhere()
    {
        var pages = MarkdownPage.All().ToArray();
        Assert.Contains(pages, page => page.LocalLinks.Any());
        Assert.All(pages, page => Assert.DoesNotContain(page.LocalLinks, to => !Leads(page, to)));
    }

    [Theory]
    [InlineData("docs/missing.md", false)]
    [InlineData("docs/manual.md#no-such-heading", false)]
    [InlineData("docs/manual.md", true)]
    [InlineData("docs", true)]
    [InlineData("#results", true)]
    public void ADeadLinkIsSeen(string to, bool leads) =>
        Assert.Equal(leads, Leads(MarkdownPage.Named("README.md"), to));

    [Theory]
    [InlineData("docs/equations.md", 50)]
    [InlineData("README.md", 12)]
    [InlineData("CONTRIBUTING.md", 12)]
    public void EveryTypeInATableExists(string path, int least)
    {
        // Types begin with a capital; options and commands do not, and variables of the environment have nothing else.
        var named = MarkdownPage.Named(path).Cells.SelectMany(cell => Regex.Matches(cell, "`([A-Z]+[a-z][^`]+)`"))
            .Select(match => match.Groups[1].Value).Distinct().ToArray();
        Assert.True(named.Length >= least, $"only {named.Length} names were found in the tables");
        Assert.DoesNotContain(named, name => !IsInTheCode(name));
    }

    [Fact]
    public void EveryFolderOfASourceProjectStandsInTheMap()
    {
        var page = MarkdownPage.Named("README.md").Lines;
        var map = string.Join('\n', page.Skip(page.ToList().IndexOf("## The map")));
        var folders = Directory.GetDirectories(Path.Combine(SourceTree.Root, "src"))
            .SelectMany(project => Directory.GetDirectories(project).Prepend(project))
            .Select(folder => Path.GetFileName(folder)).Where(name => name is not ("bin" or "obj")).ToArray();
        Assert.NotEmpty(folders);
        Assert.All(folders, name => Assert.Contains($"{name}/", map, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Equations", true)]
    [InlineData("Equations.Scale", true)]
    [InlineData("Equations.Scales", false)]
    [InlineData("Equation", false)]
    public void AMissingTypeIsSeen(string name, bool isThere) => Assert.Equal(isThere, IsInTheCode(name));

    [Fact]
    public void EveryOptionThatIsNamedIsOneOfTheProgram()
    {
        var options = ProgramOptions();
        var folders = new[] { ".", "docs", "data" }.Select(f => Path.GetFullPath(Path.Combine(SourceTree.Root, f)));
        var named = MarkdownPage.All().Where(page => folders.Contains(Path.GetDirectoryName(page.Path)))
            .SelectMany(page => page.Lines)
            .Where(line => !Others.Any(other => line.Contains(other, StringComparison.Ordinal)))
            .SelectMany(line => Regex.Matches(line, @"(?<![\w-])--[a-z][a-z-]*"))
            .Select(match => match.Value).ToArray();
        Assert.NotEmpty(named);
        Assert.DoesNotContain(named, name => !options.Contains(name));
    }

    /// <summary>A message that names an option which is gone would send the user to it.</summary>
    [Fact]
    public void EveryOptionThatAMessageNamesIsOneOfTheProgram()
    {
        var options = ProgramOptions();
        var files = Directory.EnumerateFiles(Path.Combine(SourceTree.Root, "src"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !Regex.IsMatch(file, @"[\\/](obj|bin)[\\/]|OldSpellings\.cs$"));
        var named = files.SelectMany(File.ReadLines)
            .Where(line => !line.TrimStart().StartsWith("//", StringComparison.Ordinal))
            .SelectMany(line => Regex.Matches(line, @"(?<![\w-])--[a-z][a-z-]*(?!:)\b(?!:)"))
            .Select(match => match.Value).ToArray();
        Assert.True(named.Length > 100, $"only {named.Length} names were found");
        Assert.DoesNotContain(named, name => !options.Contains(name));
    }

    [Theory]
    [MemberData(nameof(WrittenPages))]
    public void LinesFitAWindow(string path) => Assert.DoesNotContain(MarkdownPage.Named(path).Lines, line =>
        line.Length > LineCharacters && !line.StartsWith('|') && !line.Contains("](", StringComparison.Ordinal));

    [Fact]
    public void TheFrontPageIsShort()
    {
        var page = MarkdownPage.Named("README.md");
        Assert.InRange(page.Lines.Count, 50, FrontLines);
        Assert.NotEmpty(page.Paragraphs);
        Assert.DoesNotContain(page.Paragraphs, text => Words(text) > ParagraphWords);
    }

    [Fact]
    public void TheFrontPageShowsTwoSmallPictures()
    {
        var pictures = MarkdownPage.Named("README.md").LocalLinks
            .Where(to => to.EndsWith(".png", StringComparison.Ordinal))
            .Select(to => new FileInfo(Path.Combine(SourceTree.Root, to))).ToArray();
        Assert.Equal(2, pictures.Length);
        Assert.All(pictures, picture => Assert.Equal("PNG"u8, File.ReadAllBytes(picture.FullName).AsSpan(1, 3)));
        Assert.InRange(pictures.Sum(picture => picture.Length), 1, PictureBytes);
    }

    private static int Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length;

    private static bool Leads(MarkdownPage page, string to)
    {
        var parts = to.Split('#');
        var path = parts[0].Length == 0 ? page.Path : Path.Combine(Path.GetDirectoryName(page.Path)!, parts[0]);
        return parts.Length == 1
            ? Path.Exists(path)
            : File.Exists(path) && new MarkdownPage(path).Anchors.Contains(parts[1]);
    }

    /// <summary>Whether a name is a type of src or of the tests, or such a type and one of its members.</summary>
    private static bool IsInTheCode(string name)
    {
        const BindingFlags Any =
            BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance;
        var parts = name.Split('.');
        Assembly[] projects =
            [typeof(NetworkShape).Assembly, typeof(GpuEngine).Assembly, Program, typeof(EngineCases).Assembly,
                typeof(PagesTests).Assembly];
        return projects.SelectMany(project => project.GetTypes()).Where(type => type.Name.Split('`')[0] == parts[0])
            .Any(type => parts.Length == 1 || type.GetMember(parts[1], Any).Length > 0);
    }

    private static HashSet<string> ProgramOptions()
    {
        var options = Program.GetTypes().Where(type => type.Name.EndsWith("Command", StringComparison.Ordinal))
            .Select(type => type.GetMethod("Create", BindingFlags.Public | BindingFlags.Static)?.Invoke(null, null))
            .OfType<Command>().SelectMany(Options).SelectMany(option => option.Aliases.Prepend(option.Name))
            .Concat(["--help", "--project"]).ToHashSet();
        Assert.True(options.Count > 50, $"only {options.Count} options were found");
        return options;

        static IEnumerable<Option> Options(Command command) =>
            command.Options.Concat(command.Subcommands.SelectMany(Options));
    }
}
