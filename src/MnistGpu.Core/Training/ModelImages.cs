using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using MnistGpu.Data;
using MnistGpu.Model;

namespace MnistGpu.Training;

/// <summary>
/// What a model's file says of the images it reads: "image_size", width, height and channels as in 28x28x1, and
/// "classes", a JSON array of their names in the order of the outputs; and "digits", true or false, where the names
/// alone would tell otherwise whether pictures are prepared as digits.
/// </summary>
internal static class ModelImages
{
    /// <summary>The key of the images' size.</summary>
    public const string SizeKey = "image_size";

    /// <summary>The key of the classes' names.</summary>
    public const string ClassesKey = "classes";

    /// <summary>The key of whether the classes are digits.</summary>
    public const string DigitsKey = "digits";

    // What a model calls its images' ink, where that is dark on light.
    private const string InkKey = "ink";
    private const string Dark = "dark";
    private const string Yes = "true";
    private const string No = "false";

    /// <summary>The keys of all that is said of the images.</summary>
    public static IReadOnlyList<string> Keys { get; } = [SizeKey, ClassesKey, DigitsKey, InkKey];

    /// <summary>Whether another program means something else by a key.</summary>
    public static bool IsForeign(string key, string value) =>
        (key == DigitsKey && value is not (Yes or No)) || (key == InkKey && value != Dark);

    /// <summary>Adds size and names to a file's metadata.</summary>
    public static void Add(IDictionary<string, string> metadata, DataShape shape)
    {
        metadata[SizeKey] = string.Create(CultureInfo.InvariantCulture,
            $"{shape.Width}x{shape.Height}x{shape.Channels}");
        metadata[ClassesKey] = JsonSerializer.Serialize(shape.ClassNames.AsSpan().ToArray(),
            TextJson.Default.StringArray);
        metadata.Remove(DigitsKey);
        if (shape.IsDigits != new DataShape(shape.Width, shape.Height, shape.Channels, shape.ClassNames).IsDigits)
        {
            metadata[DigitsKey] = shape.IsDigits ? Yes : No;
        }
    }

    /// <summary>Says that the images are dark on light.</summary>
    public static void AddDark(IDictionary<string, string> metadata) => metadata[InkKey] = Dark;

    /// <summary>Whether a model was trained on images that are dark on light.</summary>
    public static bool AreDark(IReadOnlyDictionary<string, string> metadata) =>
        metadata.GetValueOrDefault(InkKey) == Dark;

    /// <summary>Whether a file says the size of its images.</summary>
    public static bool IsStated(IReadOnlyDictionary<string, string> metadata) => metadata.ContainsKey(SizeKey);

    /// <summary>Whether a file names its classes.</summary>
    public static bool AreClassesStated(IReadOnlyDictionary<string, string> metadata) =>
        metadata.ContainsKey(ClassesKey);

    /// <summary>
    /// The images of a model. Files that do not say, those of earlier versions and of other programs, read squares,
    /// grey or in colour; their classes are called 0, 1, ….
    /// </summary>
    /// <param name="path">The file, for errors.</param>
    /// <param name="metadata">What it says.</param>
    /// <param name="network">The network in it.</param>
    /// <exception cref="UserErrorException">What it says is no size or no names, or not the network's.</exception>
    public static DataShape Of(string path, IReadOnlyDictionary<string, string> metadata, NetworkShape network)
    {
        var (width, height, channels) = metadata.TryGetValue(SizeKey, out var text)
            ? Size(path, text, network.Inputs) : Guess(path, network);
        var names = metadata.TryGetValue(ClassesKey, out var json) ? Names(path, json, network.Outputs)
            : DataShape.Numbers(network.Outputs);
        return DataShape.Fault(width, height, channels, names) is { } fault
            ? throw Refuse($"{path}, metadata '{SizeKey}' and '{ClassesKey}'",
                $"images of up to {DataShape.MaxSide} pixels a side in up to {DataShape.MaxClasses} classes", fault)
            : new DataShape(width, height, channels, names, AreDigits(path, metadata));
    }

    private static bool? AreDigits(string path, IReadOnlyDictionary<string, string> metadata) =>
        metadata.GetValueOrDefault(DigitsKey) switch
        {
            null => null,
            Yes => true,
            No => false,
            var other => throw Refuse($"{path}, metadata '{DigitsKey}'", "true or false", $"'{Plain.Text(other)}'"),
        };

    private static (int Width, int Height, int Channels) Size(string path, string text, int inputs)
    {
        var parts = text.Split('x', 4);
        var numbers = new int[3];
        var isSize = parts.Length == 3;
        for (var i = 0; i < 3 && isSize; i++)
        {
            isSize = int.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out numbers[i]);
        }

        return isSize && (long)numbers[0] * numbers[1] * numbers[2] == inputs
            ? (numbers[0], numbers[1], numbers[2])
            : throw Refuse($"{path}, metadata '{SizeKey}'",
                $"width, height and channels whose product is {inputs}, the network's first width", $"'{text}'");
    }

    private static ImmutableArray<string> Names(string path, string json, int outputs)
    {
        string?[]? names;
        try
        {
            names = JsonSerializer.Deserialize(json, TextJson.Default.StringArray);
        }
        catch (JsonException)
        {
            names = null;
        }

        return names is not null && names.Length == outputs && Array.TrueForAll(names, name => name is not null)
            ? [.. names.Select(name => Plain.Text(name!, DataShape.MaxName))]
            : throw Refuse($"{path}, metadata '{ClassesKey}'",
                $"a JSON array of {outputs} names, one for each output", $"'{Plain.Text(json)}'");
    }

    private static (int Width, int Height, int Channels) Guess(string path, NetworkShape network)
    {
        var inputs = network.Inputs;
        foreach (var channels in (ReadOnlySpan<int>)[1, 3])
        {
            var side = (int)Math.Round(Math.Sqrt(inputs / (double)channels));
            if ((long)side * side * channels == inputs)
            {
                return (side, side, channels);
            }
        }

        throw new UserErrorException($"It is not known which images the network {network} reads", where: path,
            expected: $"'{SizeKey}' in its metadata, or the pixels of a square, such as {Mnist.Pixels}",
            found: $"{inputs} pixels and no size", todo: "train it here, or add the size to the file");
    }

    private static UserErrorException Refuse(string where, string expected, string found) =>
        new("This file's network and its images do not belong together", where: where, expected: expected,
            found: found, todo: "get the file again");
}
