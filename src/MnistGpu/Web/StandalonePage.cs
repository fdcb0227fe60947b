using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using MnistGpu.Data;
using MnistGpu.Model;
using MnistGpu.Training;

namespace MnistGpu.Program.Web;

/// <summary>
/// The page to draw on as one file with the network in it, for any browser, without a server: the served page's own
/// markup, styles and scripts, with alone.js in remote.js's place.
/// </summary>
internal static partial class StandalonePage
{
    private static readonly JsonSerializerOptions Web = new(JsonSerializerDefaults.Web);

    /// <summary>The words for how sure an answer is, by the probability that it must exceed.</summary>
    private static readonly double[] Certainties = [0.99, 0.9, 0.6, -1];

    /// <summary>The page.</summary>
    /// <param name="name">What to call the model.</param>
    /// <param name="state">The model.</param>
    /// <param name="images">The images that it reads.</param>
    /// <param name="isDark">Whether it was trained on images that are dark on light.</param>
    /// <exception cref="UserErrorException">The network does not read digits of 28 × 28 pixels.</exception>
    public static string Render(string name, NetworkState state, DataShape images, bool isDark)
    {
        if (!images.IsDigits)
        {
            throw new UserErrorException("A page that stands alone is for digits", where: name,
                expected: "a network of digits, 28 × 28 in grey", found: $"{images.Size}, {images.Classes} classes",
                todo: "take serve, whose page shows such a network pictures");
        }

        var page = Style().Replace(Text("draw.html"), match => $"<style>\n{Text(match.Groups[1].Value)}</style>");
        var icon = Convert.ToBase64String(Pages.Read("icon.svg"));
        page = Icon().Replace(page, _ => $"<link rel=\"icon\" href=\"data:image/svg+xml;base64,{icon}\">");
        page = Link().Replace(Script().Replace(page, ""), "");
        var scripts = new StringBuilder();
        Bundle("draw", scripts, []);
        // JSON for the web has no < in it: the network's name ends no script.
        var facts = JsonSerializer.Serialize(Facts(name, state, images, isDark), Web);
        return page.Replace("</body>", $"<script type=\"application/json\" id=\"network\">{facts}</script>\n"
            + $"<script type=\"module\">\n{scripts}</script>\n</body>", StringComparison.Ordinal);
    }

    private static object Facts(string name, NetworkState state, DataShape images, bool isDark) => new
    {
        Name = name,
        Network = state.Shape.ToString(),
        Activation = state.Shape.Activation.Title(),
        Rule = state.Shape.Activation.Name(),
        Widths = state.Shape.Widths.ToArray(),
        IsDark = isDark,
        images.Width,
        images.Height,
        images.Channels,
        images.IsDigits,
        Classes = images.ClassNames,
        state.Step,
        Device = "this page",
        Certainties = Certainties.Select(above => new { Above = above, Words = Certainty.From(above + 0.001) }),
        Parameters = state.Shape.ParameterCount,
        Weights = Weights(state),
    };

    private static byte[] Weights(NetworkState state)
    {
        using var bytes = new MemoryStream();
        for (var l = 0; l < state.Shape.Layers; l++)
        {
            foreach (var values in (double[][])[state.W[l], state.b[l]])
            {
                var block = new byte[values.Length * sizeof(float)];
                for (var i = 0; i < values.Length; i++)
                {
                    BinaryPrimitives.WriteSingleLittleEndian(
                        block.AsSpan(i * sizeof(float)), (float)values[i]);
                }

                bytes.Write(block);
            }
        }

        return bytes.ToArray();
    }

    /// <summary>A script behind those that it imports, each in a scope of its own that gives what it exports.</summary>
    private static void Bundle(string name, StringBuilder scripts, HashSet<string> done)
    {
        if (!done.Add(name))
        {
            return;
        }

        var text = Text($"{name}.js");
        foreach (Match import in Import().Matches(text))
        {
            Bundle(Replaced(import.Groups[2].Value), scripts, done);
        }

        var exports = Export().Matches(text).Select(match => match.Groups[2].Value).ToArray();
        text = Import().Replace(text, match =>
            $"const {{{match.Groups[1].Value}}} = {Replaced(match.Groups[2].Value)}Module;");
        text = Export().Replace(text, "$1$2");
        scripts.Append(exports.Length == 0 ? text
            : $"const {name}Module = (() => {{\n{text}return {{ {string.Join(", ", exports)} }};\n}})();\n\n");
    }

    private static string Replaced(string name) => name == "remote" ? "alone" : name;

    private static string Text(string name) => Encoding.UTF8.GetString(Pages.Read(name)).ReplaceLineEndings("\n");

    [GeneratedRegex("<link rel=\"stylesheet\" href=\"/([\\w.]+)\">")]
    private static partial Regex Style();

    [GeneratedRegex("<link rel=\"icon\"[^>]*>")]
    private static partial Regex Icon();

    [GeneratedRegex("\\s*<script type=\"module\" src=\"[^\"]*\"></script>")]
    private static partial Regex Script();

    [GeneratedRegex(" ?<a href=\"/api\">[^<]*</a>")]
    private static partial Regex Link();

    [GeneratedRegex(@"^import\s*\{([^}]*)\}\s*from\s*'\./(\w+)\.js';", RegexOptions.Multiline)]
    private static partial Regex Import();

    [GeneratedRegex(@"^export ((?:async )?(?:function|const) )(\w+)", RegexOptions.Multiline)]
    private static partial Regex Export();
}
