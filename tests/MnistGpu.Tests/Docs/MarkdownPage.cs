using System.Text;
using System.Text.RegularExpressions;
using MnistGpu.Tests.Support;

namespace MnistGpu.Tests.Docs;

/// <summary>A Markdown file of this repository, as far as tests about the pages need to read it.</summary>
internal sealed partial class MarkdownPage
{
    private static readonly string[] Foreign = ["bin", "obj", "artifacts", "TestResults", "node_modules"];

    public MarkdownPage(string path)
    {
        Path = path;
        var lines = File.ReadAllLines(path);
        Lines = lines;
        var isCode = false;
        Prose = [.. lines.Select(line =>
        {
            if (line.StartsWith("```", StringComparison.Ordinal))
            {
                isCode = !isCode;
                return "";
            }

            return isCode || line.StartsWith("    ", StringComparison.Ordinal) ? "" : line;
        })];
    }

    public string Path { get; }

    /// <summary>Every line as it stands.</summary>
    public IReadOnlyList<string> Lines { get; }

    /// <summary>The same lines, empty where they are code.</summary>
    public IReadOnlyList<string> Prose { get; }

    /// <summary>What headings can be linked by, as GitHub names them.</summary>
    public IEnumerable<string> Anchors => Prose.Where(line => line.StartsWith('#'))
        .Select(line => Anchor(line.TrimStart('#').Trim()));

    /// <summary>Where links and pictures lead, but for other sites.</summary>
    public IEnumerable<string> LocalLinks => Prose.SelectMany(line => Link().Matches(line))
        .Select(match => match.Groups["to"].Value)
        .Where(to => !to.Contains("://", StringComparison.Ordinal));

    /// <summary>Running text: a paragraph or an item of a list each; no headings, tables or code.</summary>
    public IEnumerable<string> Paragraphs
    {
        get
        {
            var paragraph = new StringBuilder();
            foreach (var line in Prose.Append(""))
            {
                var text = line.Trim();
                var isText = text.Length > 0 && text[0] is not ('#' or '|');
                if ((!isText || Item().IsMatch(text)) && paragraph.Length > 0)
                {
                    yield return paragraph.ToString();
                    paragraph.Clear();
                }

                if (isText)
                {
                    paragraph.Append(text).Append(' ');
                }
            }
        }
    }

    /// <summary>The cells of all tables, without the lines under their heads.</summary>
    public IEnumerable<string> Cells => Prose
        .Where(line => line.StartsWith('|') && !line.StartsWith("|--", StringComparison.Ordinal))
        .SelectMany(line => Bar().Split(line.Trim('|', ' ')));

    /// <summary>The fenced blocks of a language, joined lines without the fences.</summary>
    public IEnumerable<string> Code(string language) => Fence().Matches(string.Join('\n', Lines))
        .Where(match => match.Groups["language"].Value == language).Select(match => match.Groups["code"].Value);

    public static MarkdownPage Named(string path) => new(System.IO.Path.Combine(SourceTree.Root, path));

    /// <summary>Every page of the repository.</summary>
    public static IEnumerable<MarkdownPage> All() =>
        Files(new DirectoryInfo(SourceTree.Root)).Select(path => new MarkdownPage(path));

    public static string Anchor(string heading) =>
        Punctuation().Replace(heading.ToLowerInvariant(), "").Replace(' ', '-');

    private static IEnumerable<string> Files(DirectoryInfo folder) => folder.EnumerateFiles("*.md")
        .Select(file => file.FullName)
        .Concat(folder.EnumerateDirectories().Where(IsOurs).SelectMany(Files));

    private static bool IsOurs(DirectoryInfo folder) => !folder.Name.StartsWith('.') && !Foreign.Contains(folder.Name);

    [GeneratedRegex(@"\[[^\]]*\]\((?<to>[^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^(-|\*|\d+\.) ")]
    private static partial Regex Item();

    [GeneratedRegex(@"(?<!\\)\|")]
    private static partial Regex Bar();

    [GeneratedRegex(@"^```(?<language>\w*)\n(?<code>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex Punctuation();
}
