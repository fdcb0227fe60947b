using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using MnistGpu.Data;
using MnistGpu.Data.Sources;
using MnistGpu.Exchange;
using MnistGpu.Gpu;
using MnistGpu.Gpu.Kernels.Products;
using MnistGpu.Gpu.Tuning;
using MnistGpu.Model;

namespace MnistGpu.Program.Settings;

/// <summary>Options that several commands share, so that they mean the same everywhere.</summary>
internal static class CommonOptions
{
    public const string ReportOption = "--report";
    private const string Devices = "auto, gpu, cuda[:i], opencl[:i], cpu (ILGPU's simulator), simd or reference";

    public static Option<string> Data(string usual = "auto") => new("--data")
    {
        Description = $"auto, synthetic, {DataManifest.Words}, a file of images (IDX, CSV, ARFF, .npz, .npy, Parquet, "
            + "also .gz and .zip), or a folder or .zip of such files or of a folder of pictures for each class",
        HelpName = "source",
        DefaultValueFactory = _ => usual,
        CustomParser = result => Try(result, text => DataWord(NotBlank("--data", text))),
    };

    /// <summary>What the files of --data do not say themselves, see <see cref="ReadText"/>.</summary>
    public static Option<string> Read() => Parsed(ReadText.Option, ReadText.Description, "name=value", ReadText.Auto,
        text =>
        {
            ReadText.Parse(text);
            return text;
        });

    /// <summary>Keeps pictures that are dark on light so.</summary>
    public const string AsIs = TrainingRecord.AsIs;

    public static Option<string> Polarity() => OneOf("--polarity",
        "whether a folder of pictures that are mostly dark on light is turned over, for MNIST is light on dark", "auto",
        "auto", AsIs);

    public static Option<string> Device() => new("--device")
    {
        Description = Devices,
        HelpName = "device",
        DefaultValueFactory = _ => "auto",
    };

    /// <summary>A device that is null, for all of them, unless given.</summary>
    public static Option<string?> DeviceOrNone(string description) =>
        new("--device") { Description = $"{description}: {Devices}", HelpName = "device" };

    /// <summary>No hidden layer, as --hidden writes it.</summary>
    public const string NoLayer = "none";

    /// <summary>The widths between a network's ends, which are the data's.</summary>
    /// <param name="more">What its help says of the default.</param>
    public static Option<string?> Hidden(string more) => Parsed<string?>("--hidden",
        $"the widths between input and output, which follow from the data, or {NoLayer} {more}", "128-64", null, text =>
        {
            if (text.Equals(NoLayer, StringComparison.OrdinalIgnoreCase))
            {
                return NoLayer;
            }

            NetworkShape.Parse(text.Contains('-', StringComparison.Ordinal) ? text : $"{text}-1");
            return text;
        });

    /// <summary>The network of hidden widths, as <see cref="Hidden"/> reads them, and the data's ends.</summary>
    /// <exception cref="UserErrorException">There are too many parameters.</exception>
    public static NetworkShape Between(string hidden, DataShape images) => hidden == NoLayer
        ? new NetworkShape(images.Pixels, images.Classes)
        : NetworkShape.Between(hidden, images.Pixels, images.Classes);

    public static Option<int> Threads() =>
        Whole("--threads", "threads of the simd engine; 0 for one per core", "n", 0, 0, 1024);

    public static Option<string> Fusion() =>
        OneOf("--fusion", "whether kernels compute several equations in one", "on", "on", "off");

    public static Option<string> Product() => OneOf(
        "--product", "which kernel computes every product, on devices that run kernels; if one is named, "
            + "fused launches that have products of their own are not taken",
        ProductChoice.Auto, [ProductChoice.Auto, .. ProductLadder.Names]);

    /// <summary>The values of <see cref="Product"/> and <see cref="Fusion"/> together.</summary>
    public static KernelOptions Kernels(string product, string fusion = "on", bool profile = false) => new()
    {
        Product = product,
        Fuse = fusion == "on",
        Profile = profile,
    };

    public static Option<ulong> Seed() => Parsed("--seed", "where the start and the order come from", "n", 0UL, text =>
        ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seed)
            ? seed : throw NotANumber("--seed", $"a whole number from 0 to {ulong.MaxValue}", text));

    public static Option<string?> Report(string of) =>
        FileOrNone(ReportOption, $"write a report of {of} as one HTML file, to be read in any browser",
            FileKind.Report);

    public static Option<bool> Json() =>
        new("--json") { Description = "print one JSON object and nothing else on standard output" };

    /// <summary>An option that is there or not.</summary>
    public static Option<bool> Switch(string name, string description) => new(name) { Description = description };

    /// <summary>A number from 0 to below 1, 0 unless given.</summary>
    public static Option<double> Share(string name, string description, string helpName) =>
        Parsed(name, description, helpName, 0.0, text => ParseShare(name, text));

    /// <summary>A port that may be left out where the option is given; null, too, unless given.</summary>
    public static Option<int?> PortOrNone(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "port",
        Arity = ArgumentArity.ZeroOrOne,
        CustomParser = result => result.Tokens.Count == 0
            ? null
            : Try<int?>(result, text => ParseWhole(name, text, 0, ushort.MaxValue)),
    };

    public static Option<int> Whole(string name, string description, string helpName, int value, int least,
        int most = int.MaxValue) =>
        Parsed(name, description, helpName, value, text => ParseWhole(name, text, least, most));

    /// <summary>A whole number that is null unless given.</summary>
    public static Option<int?> WholeOrNone(string name, string description, string helpName, int least,
        int most = int.MaxValue) => new(name)
        {
            Description = description,
            HelpName = helpName,
            CustomParser = result => Try<int?>(result, text => ParseWhole(name, text, least, most)),
        };

    /// <summary>
    /// An option whose text is read by <paramref name="parse"/>, which throws <see cref="UserErrorException"/> on a
    /// wrong one.
    /// </summary>
    public static Option<T> Parsed<T>(string name, string description, string helpName, T value,
        Func<string, T> parse) => new(name)
        {
            Description = description,
            HelpName = helpName,
            DefaultValueFactory = value is null ? null : _ => value,
            CustomParser = result => Try(result, parse),
        };

    /// <summary>
    /// Deformations in the shortest words for them; an option that is given cannot be null, so none is a word too.
    /// </summary>
    public static Option<string> Deform(string more) =>
        Parsed(DeformText.Option, $"{DeformText.Description}{more}; for example {DeformText.Example}", "ranges",
            DeformText.None, text => DeformText.Format(DeformText.Parse(text)));

    /// <summary>A path that is null unless given.</summary>
    /// <param name="name">The option.</param>
    /// <param name="description">Its help.</param>
    /// <param name="kind">What will be written there; null where the file is read.</param>
    public static Option<string?> FileOrNone(string name, string description, FileKind? kind = null) =>
        Parsed<string?>(name, description, "file", null, text =>
        {
            kind?.Require(name, text);
            return NotBlank(name, text);
        });

    /// <summary>A model that must be given.</summary>
    public static Argument<string> Model() =>
        Path("model", $"a model that train saved, or another program's: {ModelImport.Formats}");

    /// <summary>A path that must be given.</summary>
    public static Argument<string> Path(string name, string description) =>
        new(name) { Description = description, CustomParser = result => Try(result, text => NotBlank(name, text)) };

    /// <summary>One of a few words, in any case; its help lists them.</summary>
    public static Option<string> OneOf(string name, string description, string? value, params string[] choices)
    {
        var list = string.Join(", ", choices);
        var option = Parsed(name, $"{description}: {list}", "name", value!, text =>
            Array.Find(choices, c => c.Equals(text, StringComparison.OrdinalIgnoreCase))
                ?? throw new UserErrorException("This is none of the choices", name, list, $"'{text}'",
                    Spelling.Suggest(text.ToLowerInvariant(), choices) is { } near
                        ? $"did you mean {near}?" : "choose one of them"));
        option.CompletionSources.Add(choices);
        return option;
    }

    /// <summary>α: finite and above 0, as <see cref="UpdateRule"/> demands.</summary>
    public static double ParseRate(string name, string text)
    {
        // What is no number at all is refused in the same words as one that cannot train.
        var rate = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            ? value : throw NotANumber(name, "a finite number above 0", text);
        return new UpdateRule(rate).Alpha;
    }

    /// <summary>A number from 0 to below 1.</summary>
    public static double ParseShare(string name, string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value is >= 0 and < 1
            ? value
            : throw NotANumber(name, "a number from 0 to below 1", text);

    /// <summary>p, as <see cref="Dropout"/> demands.</summary>
    public static double ParseDropout(string text)
    {
        var share = ParseShare("--dropout", text);
        return share <= Dropout.Greatest
            ? share
            : throw new UserErrorException("Nearly every unit would be dropped", where: "--dropout",
                expected: $"a number from 0 to {Dropout.Greatest}", found: text, todo: "make it smaller");
    }

    /// <summary>A finite number from 0 on.</summary>
    public static double ParseAmount(string name, string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value >= 0
            && double.IsFinite(value)
            ? value
            : throw NotANumber(name, "a finite number from 0 on", text);

    /// <summary>A whole number from 1 on, or a word that stands for 0.</summary>
    public static int? ParseCountOr(string word, string name, string text) =>
        text.Equals(word, StringComparison.OrdinalIgnoreCase) ? 0
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0 ? count
        : throw NotANumber(name, $"a whole number from 1 on, or {word}", text);

    /// <summary>Refuses two options that say the same or do not go together.</summary>
    public static void RefuseBoth(bool both, string what, string where, string todo)
    {
        if (both)
        {
            throw new UserErrorException(what, where, expected: "one of them", found: "both", todo: todo);
        }
    }

    private static string NotBlank(string name, string text) =>
        string.IsNullOrWhiteSpace(text) ? throw new UserErrorException("This name is empty", where: name,
            expected: "a path", found: $"'{text}'", todo: "name a file or a folder")
        : text.Contains('\0', StringComparison.Ordinal) ? throw new UserErrorException("This is no name", where: name,
            expected: "a path", found: $"'{text}', with a NUL character", todo: "name a file or a folder")
        : text;

    private static int ParseWhole(string name, string text, int least, int most) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            && number >= least && number <= most
            ? number
            : throw NotANumber(name, most == int.MaxValue
                ? $"a whole number from {least} on" : $"a whole number from {least} to {most}", text);

    private static UserErrorException NotANumber(string name, string expected, string text) =>
        new("This number cannot be used", where: name, expected: expected, found: $"'{text}'",
            todo: HasComma(text) ? $"write a point, not a comma: {name} {text.Replace(',', '.')}"
                : $"give another {name}");

    private static bool HasComma(string text) => text.Count(c => c == ',') == 1
        && double.TryParse(text.Replace(',', '.'), NumberStyles.Float, CultureInfo.InvariantCulture, out _);

    /// <summary>A source's word in any case, unless there is a file or a folder of that very name.</summary>
    private static string DataWord(string text) =>
        DataSource.IsWord(text.ToLowerInvariant()) && !System.IO.Path.Exists(text) ? text.ToLowerInvariant() : text;

    private static T? Try<T>(ArgumentResult result, Func<string, T> parse)
    {
        try
        {
            return parse(result.Tokens[0].Value);
        }
        catch (UserErrorException e)
        {
            result.AddError(OptionWords.In(e));
            return default;
        }
    }
}
