using System.Text.RegularExpressions;

namespace MnistGpu.Tests.Support;

/// <summary>
/// Which folder of a project uses which, read from the text of its files. Namespaces are folders, and the build refuses
/// a using that nothing
/// needs, so a file depends on a namespace that it uses, or that encloses it, wherever its code names a type from
/// there.
/// </summary>
public sealed partial class SourceMap
{
    private readonly List<(string Namespace, string Code)> files;
    private readonly ILookup<string, string> homes;
    private readonly string? everywhere;

    /// <summary>Maps one project.</summary>
    /// <param name="texts">The text of each of its C# files.</param>
    /// <param name="everywhere">A namespace that all code sees, whatever it says; null for none.</param>
    public SourceMap(IEnumerable<string> texts, string? everywhere = null)
    {
        this.everywhere = everywhere;
        files = [.. texts.Select(text => (NamespaceLine().Match(text).Groups[1].Value, Code: NoCode()
            .Replace(text, match => string.Join(' ', Holes().Matches(match.Value).Select(hole => hole.Value)))))
            .Where(file => file.Value.Length > 0)];
        homes = files.SelectMany(file => Names(file.Code).Select(name => (name, file.Namespace)))
            .ToLookup(home => home.name, home => home.Namespace);
    }

    /// <summary>A way from a namespace back to itself, with each step's reason; empty where there is none.</summary>
    public IReadOnlyList<string> Cycle()
    {
        var uses = new Dictionary<string, Dictionary<string, string>>();
        foreach (var (from, code) in files)
        {
            var seen = Usings().Matches(code).Select(match => match.Groups[1].Value).Concat(Enclosing(from))
                .Append(everywhere).ToHashSet();
            foreach (var name in Words().Matches(code).Select(match => match.Value).Distinct())
            {
                // A name of the own namespace hides all others.
                foreach (var to in homes[name].Contains(from) ? [] : homes[name].Where(seen.Contains).Take(1))
                {
                    uses.TryAdd(from, []);
                    uses[from].TryAdd(to, name);
                }
            }
        }

        foreach (var start in uses.Keys)
        {
            if (Way(start, start, uses, []) is { } way)
            {
                return way;
            }
        }

        return [];
    }

    private static List<string>? Way(
        string from, string to, Dictionary<string, Dictionary<string, string>> uses, HashSet<string> tried)
    {
        foreach (var (next, name) in uses.GetValueOrDefault(from) ?? [])
        {
            var step = $"{from} uses {name} of {next}";
            if (next == to)
            {
                return [step];
            }

            if (tried.Add(next) && Way(next, to, uses, tried) is { } rest)
            {
                return [step, .. rest];
            }
        }

        return null;
    }

    private static IEnumerable<string> Enclosing(string name)
    {
        for (var dot = name.LastIndexOf('.'); dot > 0; dot = name.LastIndexOf('.', dot - 1))
        {
            yield return name[..dot];
        }
    }

    // Types by their names, extension methods by theirs with the dot before it.
    private static IEnumerable<string> Names(string code) =>
        Types().Matches(code).Select(match => match.Groups[1].Value)
            .Concat(Extensions().Matches(code).Select(match => "." + match.Groups[1].Value)).Distinct();

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex NamespaceLine();

    // Comments, and text between quotes on one line; those of interpolated strings with their holes.
    [GeneratedRegex("""
        //.*|/\*[\s\S]*?\*/|\$"(?:[^"{\\\n]|\\.|\{\{|\{(?:[^{}"\n]|"(?:[^"\\\n]|\\.)*"|\{[^{}\n]*\})*\})*"(?!")
        |(?<!\$)"(?:[^"\\\n]|\\.)*"(?!")
        """, RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex NoCode();

    [GeneratedRegex(@"(?<=^\$.*)\{[^{}]+\}")]
    private static partial Regex Holes();

    [GeneratedRegex(@"^using (?:static )?(?:\w+ = )?([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Usings();

    [GeneratedRegex(@"^(?:\w+ )*(?:class|struct|interface|enum|record) (?:struct )?(\w+)", RegexOptions.Multiline)]
    private static partial Regex Types();

    [GeneratedRegex(@"static [^=;\n]*? (\w+)(?:<[^>]*>)?\(\s*this ")]
    private static partial Regex Extensions();

    // A name after a dot counts only as an extension method's: another's member may have a type's name.
    [GeneratedRegex(@"(?<![\w.])[A-Z]\w*|(?<=[\w)\]])\.[A-Z]\w*(?=[(<])")]
    private static partial Regex Words();
}
