using System.Text.RegularExpressions;

namespace MnistGpu.Exchange.Layers;

/// <summary>
/// The arrays of one layer in a file that has names and shapes only: a linear layer has a matrix, a BatchNorm a mean
/// and a variance.
/// </summary>
/// <param name="Name">What the file calls it.</param>
internal sealed partial record WeightModule(string Name)
{
    /// <summary>W, [out, in] or [in, out].</summary>
    public NamedArray? Matrix { get; private set; }

    /// <summary>b, or β of BatchNorm.</summary>
    public NamedArray? Bias { get; private set; }

    /// <summary>γ.</summary>
    public NamedArray? Gamma { get; private set; }

    /// <summary>The running mean.</summary>
    public NamedArray? Mean { get; private set; }

    /// <summary>The running variance.</summary>
    public NamedArray? Variance { get; private set; }

    /// <summary>Whether it normalizes; else it is a linear layer.</summary>
    public bool IsNormalization => Mean is not null;

    /// <summary>The numbers of a BatchNorm.</summary>
    public int Width => Mean!.Values.Length;

    /// <summary>The last part of the name where it is a number, as in torch.nn.Sequential; else null.</summary>
    public int? Index => int.TryParse(Name[(Name.LastIndexOfAny(['.', '/']) + 1)..], out var index) ? index : null;

    /// <summary>Sorts arrays by the layers that they are of, in the order in which those come.</summary>
    /// <param name="file">The file, for errors.</param>
    /// <param name="arrays">The arrays.</param>
    /// <exception cref="UserErrorException">An array belongs to no such layer, or a layer lacks one.</exception>
    public static List<WeightModule> Group(string file, IEnumerable<NamedArray> arrays)
    {
        var modules = new Dictionary<string, WeightModule>(StringComparer.Ordinal);
        var order = new List<WeightModule>();
        foreach (var array in arrays)
        {
            var (name, role) = Split(array.Name);
            if (role == "num_batches_tracked")
            {
                continue;
            }

            if (!modules.TryGetValue(name, out var module))
            {
                order.Add(modules[name] = module = new WeightModule(name));
            }

            if (!module.Take(role, array))
            {
                throw Foreign.NoNetwork($"{file}, '{array.Name}'",
                    "weights [out, in] and biases [out] of linear layers, and of BatchNorm", array.Dimensions);
            }
        }

        foreach (var module in order)
        {
            module.Check(file);
        }

        return order;
    }

    private static (string Module, string Role) Split(string name) =>
        Own().Match(name) is { Success: true } own ? (own.Groups[2].Value, own.Groups[1].Value == "W" ? "kernel" : "b")
        : Path().Match(name) is { Success: true } path ? (path.Groups[1].Value, path.Groups[2].Value)
        : (name, "");

    private bool Take(string role, NamedArray array)
    {
        var isMatrix = array.Shape.Length == 2 && role is "weight" or "kernel" or "0";
        switch (role)
        {
            case "weight" or "kernel" or "0" when isMatrix && Matrix is null:
                Matrix = array;
                return true;
            case "weight" or "gamma" or "scale" or "0" when !isMatrix && Gamma is null && array.Shape.Length == 1:
                Gamma = array;
                return true;
            case "bias" or "b" or "beta" or "1" when Bias is null && IsRow(array):
                Bias = array;
                return true;
            case "running_mean" or "moving_mean" or "mean" or "2" when Mean is null && IsRow(array):
                Mean = array;
                return true;
            case "running_var" or "moving_variance" or "var" or "3" when Variance is null && IsRow(array):
                Variance = array;
                return true;
            default:
                return false;
        }
    }

    // NumPy users keep b as a column or as a row.
    private static bool IsRow(NamedArray array) => array.Shape.Length == 1
        || (array.Shape.Length == 2 && array.Shape.Contains(1));

    private void Check(string file)
    {
        var isWhole = Matrix is not null ? Gamma is null && Mean is null && Variance is null
            : Mean is not null && Variance is not null
                && (NamedArray?[])[Gamma, Bias, Variance] is var others
                && others.All(other => other is null || other.Values.Length == Width);
        if (!isWhole)
        {
            throw Foreign.NoNetwork($"{file}, '{Name}'", "a linear layer's arrays, or BatchNorm's with mean and "
                + "variance", string.Join(", ", new[] { Matrix, Gamma, Bias, Mean, Variance }.OfType<NamedArray>()
                .Select(array => $"{array.Name} {array.Dimensions}")));
        }
    }

    [GeneratedRegex(@"^([Wb])(\d{1,6})$")]
    private static partial Regex Own();

    [GeneratedRegex(@"^(?:(.*?)[./])?(?:vars/)?([a-z_]+|\d)(?::0)?$")]
    private static partial Regex Path();
}
