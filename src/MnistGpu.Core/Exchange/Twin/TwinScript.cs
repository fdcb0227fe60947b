using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using MnistGpu.Deformations;
using MnistGpu.Exchange.Numpy;
using MnistGpu.Files;
using MnistGpu.Model;

namespace MnistGpu.Exchange.Twin;

/// <summary>
/// Writes the NumPy script that replays a run without this program: twin.py, without what the run did not use, and an
/// .npz of parameters beside it.
/// </summary>
internal static partial class TwinScript
{
    private const string Resource = "MnistGpu.Exchange.twin.py";
    private const string Idx = "idx";

    /// <summary>The second file that a script needs.</summary>
    /// <param name="path">The script.</param>
    public static string ArraysFor(string path) => Path.ChangeExtension(path, ".npz");

    /// <summary>Writes both files.</summary>
    /// <param name="path">The script's; both are replaced if they are there.</param>
    /// <param name="recipe">The run.</param>
    /// <exception cref="UserErrorException">One cannot be written.</exception>
    public static void Write(string path, TwinRecipe recipe)
    {
        NpzFile.Write(ArraysFor(path), Arrays(recipe));
        var script = Text(Path.GetFileNameWithoutExtension(path), recipe);
        AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(script)));
    }

    private static List<NpyEntry> Arrays(TwinRecipe recipe)
    {
        var entries = NpzFile.Entries(recipe.Model, "").ToList();
        if (recipe.StartState is { } start)
        {
            entries.AddRange(NpzFile.Entries(start, "start_"));
        }

        if (recipe.IdxFolder is null)
        {
            var (count, pixels) = (recipe.Taken, recipe.Model.Shape.Inputs);
            entries.Add(new NpyEntry("images", [count, pixels], recipe.Images.X[..(count * pixels)]));
            entries.Add(new NpyEntry("labels", [count], recipe.Images.Labels[..count]));
        }

        return entries;
    }

    private static string Text(string name, TwinRecipe recipe)
    {
        using var stream = typeof(TwinScript).Assembly.GetManifestResourceStream(Resource)!;
        using var reader = new StreamReader(stream);
        var values = Values(name, recipe);
        var kept = Keep(reader.ReadToEnd().ReplaceLineEndings("\n").Split('\n'), Parts(recipe));
        return BlankLines().Replace(Names().Replace(kept, match => values[match.Groups[1].Value]), "\n\n\n");
    }

    /// <summary>The lines of the parts that are named; #if begins one, with the names that it is for.</summary>
    private static string Keep(IEnumerable<string> lines, HashSet<string> parts)
    {
        var text = new StringBuilder();
        var open = new Stack<bool>();
        foreach (var line in lines)
        {
            if (line.StartsWith("#if ", StringComparison.Ordinal))
            {
                open.Push(line[4..].Split(' ').Any(part => part[0] == '!' ? !parts.Contains(part[1..])
                    : parts.Contains(part)));
            }
            else if (line == "#end")
            {
                open.Pop();
            }
            else if (open.All(isKept => isKept))
            {
                text.Append(line).Append('\n');
            }
        }

        return text.ToString().TrimEnd('\n') + "\n";
    }

    private static HashSet<string> Parts(TwinRecipe recipe)
    {
        var (rule, kept) = (recipe.Plan.Rule, recipe.Regularization);
        var isDecoupled = rule.Optimizer == Optimizer.AdamW;
        HashSet<string> parts =
        [
            recipe.IdxFolder is null ? "npz" : Idx,
            recipe.StartState is null ? recipe.Start.ToString().ToLowerInvariant() : "start",
            recipe.Batch is null ? "full" : "batches",
            rule.Optimizer.Name(),
            recipe.Model.Shape.Activation.Name(),
            recipe.Plan.Schedule switch
            {
                Schedule.OneCycle => "one-cycle",
                var other => other.ToString().ToLowerInvariant(),
            },
        ];
        void Add(string part, bool isUsed)
        {
            if (isUsed)
            {
                parts.Add(part);
            }
        }

        Add("shuffled", recipe.IsShuffled);
        Add("decay", rule.WeightDecay > 0);
        Add("coupled", rule.WeightDecay > 0 && !isDecoupled);
        Add("decoupled", rule.WeightDecay > 0 && isDecoupled);
        Add("clip", rule.ClipNorm > 0);
        Add("average", rule.Averaging > 0);
        Add("smoothing", kept.LabelSmoothing > 0);
        Add("dropout", kept.Dropout.Threshold > 0);
        Add("deform", kept.Deformation is not null);
        Add("digits", kept.Deformation?.AreDigits == true);
        Add("elastic", kept.Deformation?.ElasticAlpha > 0);
        return parts;
    }

    private static Dictionary<string, string> Values(string name, TwinRecipe recipe)
    {
        var (rule, kept) = (recipe.Plan.Rule, recipe.Regularization);
        var deformation = kept.Deformation ?? new Deformation();
        var ranges = DeformationRanges.From(deformation);
        var folder = recipe.IdxFolder ?? "";
        return new Dictionary<string, string>
        {
            ["NAME"] = name,
            ["ABOUT"] = recipe.IdxFolder is null
                ? "It needs NumPy and nothing else; DATA is not used, for the images are beside it."
                : "It needs NumPy and nothing else. DATA is the folder of MNIST's files, raw or .gz.",
            ["HELD"] = recipe.IdxFolder is null ? " and the images" : "",
            ["WIDTHS"] = $"[{string.Join(", ", recipe.Model.Shape.Widths)}]",
            ["SEED"] = Number(recipe.Seed),
            ["TAKEN"] = Number(recipe.Taken),
            ["HELD_OUT"] = Number(recipe.HeldOut),
            ["STEPS"] = Number(recipe.Steps),
            ["TOLD"] = Number(recipe.Plan.Steps),
            ["BATCH"] = Number(recipe.Batch ?? 0),
            ["ALPHA"] = Number(rule.Alpha),
            ["LAST"] = Number(recipe.Plan.Last),
            ["BETA1"] = Number(rule.Beta1),
            ["BETA2"] = Number(rule.Beta2),
            ["EPSILON"] = Number(rule.Epsilon),
            ["LAMBDA"] = Number(rule.WeightDecay),
            ["CLIP"] = Number(rule.ClipNorm),
            ["AVERAGING"] = Number(rule.Averaging),
            ["SMOOTHING"] = Number(kept.LabelSmoothing),
            ["THRESHOLD"] = Number(kept.Dropout.Threshold),
            ["WIDTH"] = Number(deformation.SizeOf(recipe.Model.Shape.Inputs)?.Width ?? 0),
            ["RANGES"] = $"{ranges.Shift}, {ranges.Rotation}, {ranges.Scale}, {ranges.Shear}",
            ["ELASTIC"] = Number(deformation.ElasticAlpha),
            ["SIGMA"] = Number(deformation.ElasticSigma),
            // A JSON string in ASCII is one of Python's, too.
            ["FOLDER"] = JsonSerializer.Serialize(folder, TextJson.Default.String),
            ["START"] = recipe.Start == Start.Uniform ? "uniform" : "standard normal",
            ["MOMENTS"] = Number(rule.Moments),
        };
    }

    private static string Number(IFormattable number) =>
        number.ToString(number is double ? "R" : null, CultureInfo.InvariantCulture);

    [GeneratedRegex("@([A-Z0-9_]+)@")]
    private static partial Regex Names();

    [GeneratedRegex("\n{4,}")]
    private static partial Regex BlankLines();
}
