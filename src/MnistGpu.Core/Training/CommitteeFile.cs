using System.Globalization;
using MnistGpu.Data;
using MnistGpu.Files;
using MnistGpu.Model;

namespace MnistGpu.Training;

/// <summary>
/// The networks of a committee in one file: tensors 1.W1, 1.b1, …, 2.W1, …. What the metadata of all of them say of
/// their training stands there once, the rest as 1.seed, 2.seed, ….
/// </summary>
internal static class CommitteeFile
{
    /// <summary>More networks than anyone trains for one answer.</summary>
    public const int Most = 100;

    /// <summary>The metadata key of how many networks there are.</summary>
    public const string CountKey = "committee";

    /// <summary>The metadata key of the seed that a network was trained with, and of a committee's first.</summary>
    public const string SeedKey = "seed";

    // What is each network's own even where it is the same for all.
    private static readonly string[] Own = [SeedKey, "step", "history", "loss", "train_accuracy",
        "dev_accuracy", "test_accuracy", "run"];

    /// <summary>What the names of a network's tensors and of its own metadata begin with.</summary>
    /// <param name="index">From 0.</param>
    public static string Prefix(int index) => string.Create(CultureInfo.InvariantCulture, $"{index + 1}.");

    /// <summary>Whether a file holds a committee.</summary>
    public static bool IsIn(Safetensors file) => StateTensors.Has(file, Prefix(0));

    /// <summary>Makes one model of several; committees among them bring all their networks.</summary>
    /// <param name="models">The models, each with its name for errors.</param>
    /// <param name="results">What is known of the committee itself, such as its accuracy; null for nothing.</param>
    /// <exception cref="UserErrorException">They read other images or name other classes, two are the same network, or
    /// there are more than <see cref="Most"/> networks.</exception>
    public static ModelFile Join(IReadOnlyList<(string Name, ModelFile Model)> models,
        IReadOnlyDictionary<string, string>? results = null)
    {
        if (models is [var (_, only)])
        {
            return only;
        }

        var networks = models.SelectMany(model => model.Model.Networks.Select(state => (model.Name, state))).ToArray();
        if (networks.Length > Most)
        {
            throw new UserErrorException("These are too many networks for one committee", where: models[0].Name,
                expected: $"at most {Most}", found: $"{networks.Length}", todo: "join fewer of them");
        }

        var images = SameImages(models);
        RequireDifferent(networks);
        var metadata = models.SelectMany(model => Metadata(model.Model)).ToArray();
        var shared = metadata[0].Where(pair => !Own.Contains(pair.Key)
            && Array.TrueForAll(metadata, other => other.GetValueOrDefault(pair.Key) == pair.Value));
        var joined = new Dictionary<string, string>(shared, StringComparer.Ordinal);
        for (var i = 0; i < metadata.Length; i++)
        {
            foreach (var (key, value) in metadata[i].Where(pair => !joined.ContainsKey(pair.Key)))
            {
                joined[Prefix(i) + key] = value;
            }
        }

        joined[CountKey] = networks.Length.ToString(CultureInfo.InvariantCulture);
        if (images is not null)
        {
            ModelImages.Add(joined, images);
        }

        if (FirstSeed(metadata) is { } seed)
        {
            joined[SeedKey] = seed;
        }

        foreach (var (key, value) in results ?? new Dictionary<string, string>())
        {
            joined[key] = value;
        }

        return new ModelFile([.. networks.Select(network => network.state)], joined);
    }

    /// <summary>Reads a committee of a file that is read.</summary>
    /// <exception cref="UserErrorException">One of its networks is none, they do not belong together, or there are
    /// other tensors.</exception>
    public static ModelFile Read(string path, Safetensors file)
    {
        var networks = new List<NetworkState>();
        var known = new HashSet<string>();
        while (networks.Count < Most && StateTensors.Has(file, Prefix(networks.Count)))
        {
            var prefix = Prefix(networks.Count);
            var state = ModelFile.From($"{path}, network {networks.Count + 1}", Part(file, prefix)).State;
            networks.Add(state);
            known.UnionWith(Enumerable.Range(1, state.Shape.Layers)
                .SelectMany(l => (string[])[$"{prefix}W{l}", $"{prefix}b{l}"]));
        }

        var (inputs, outputs) = (networks[0].Shape.Inputs, networks[0].Shape.Outputs);
        var other = networks.FindIndex(one => one.Shape.Inputs != inputs || one.Shape.Outputs != outputs);
        return file.Tensors.Keys.FirstOrDefault(name => !known.Contains(name)) is { } stray
            ? throw Refuse(path, $"the layers of the networks 1 to {networks.Count} alone, at most {Most} networks",
                stray)
            : other > 0
            ? throw Refuse($"{path}, network {other + 1}", $"{inputs} inputs and {outputs} outputs, as network 1 has",
                $"{networks[other].Shape}")
            : new ModelFile(networks, file.Metadata);
    }

    /// <summary>What a file says of one of its networks.</summary>
    /// <param name="all">The file's metadata.</param>
    /// <param name="index">The network, from 0.</param>
    public static Dictionary<string, string> MetadataOf(IReadOnlyDictionary<string, string> all, int index)
    {
        var prefix = Prefix(index);
        var metadata = all.Where(pair => !IsPrefixed(pair.Key) && !Own.Contains(pair.Key) && pair.Key != CountKey)
            .ToDictionary(StringComparer.Ordinal);
        foreach (var (key, value) in all.Where(pair => pair.Key.StartsWith(prefix, StringComparison.Ordinal)))
        {
            metadata[key[prefix.Length..]] = value;
        }

        return metadata;
    }

    /// <summary>Whether the networks differ in one of these, and so do not come of one command.</summary>
    public static bool Differ(IReadOnlyDictionary<string, string> metadata, IEnumerable<string> keys)
    {
        var asked = keys.Except(Own).ToHashSet();
        return metadata.Keys.Any(key => IsPrefixed(key) && asked.Contains(key[(key.IndexOf('.', 1) + 1)..]));
    }

    /// <summary>Whether a key of the metadata is of one network, as 1.seed is.</summary>
    public static bool IsPrefixed(string key) => key.Length > 0 && char.IsAsciiDigit(key[0]);

    /// <summary>What the files say of each network, as if it had a file of its own.</summary>
    private static IEnumerable<IReadOnlyDictionary<string, string>> Metadata(ModelFile model) =>
        model.Networks.Select((state, i) =>
        {
            var metadata = ModelFile.Describe(state,
                model.IsCommittee ? MetadataOf(model.Metadata, i) : model.Metadata);
            metadata.Remove(CountKey);
            return metadata;
        });

    private static Safetensors Part(Safetensors file, string prefix) => new()
    {
        Tensors = file.Tensors.Where(pair => pair.Key.StartsWith(prefix, StringComparison.Ordinal))
            .ToDictionary(pair => pair.Key[prefix.Length..], pair => pair.Value),
        Metadata = MetadataOf(file.Metadata, int.Parse(prefix[..^1], CultureInfo.InvariantCulture) - 1),
    };

    /// <summary>The first seed, where each network has the next one; null where they are others.</summary>
    private static string? FirstSeed(IReadOnlyDictionary<string, string>[] metadata)
    {
        var first = metadata[0].GetValueOrDefault(SeedKey);
        return ulong.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out var seed)
            && metadata.Select((one, i) => one.GetValueOrDefault(SeedKey)
                == unchecked(seed + (ulong)i).ToString(CultureInfo.InvariantCulture)).All(isNext => isNext)
            ? first : null;
    }

    /// <summary>The images that all of them read and the classes that all name; null where no file says.</summary>
    private static DataShape? SameImages(IReadOnlyList<(string Name, ModelFile Model)> models)
    {
        var (first, one) = models[0];
        var images = one.Images(first);
        foreach (var (name, model) in models)
        {
            var other = model.Images(name);
            if (!images.HasSizeOf(other) || !images.ClassNames.SequenceEqual(other.ClassNames)
                || images.IsDigits != other.IsDigits)
            {
                throw NotTogether($"the same images and classes: {images.Size}, {Names(images)}",
                    $"{other.Size}, {Names(other)}", name);
            }

            if (ModelImages.AreDark(one.Metadata) != ModelImages.AreDark(model.Metadata))
            {
                throw NotTogether("images that are dark on light for both, or for neither", "one of each", name);
            }
        }

        return models.Any(model => ModelImages.IsStated(model.Model.Metadata)) ? images : null;

        UserErrorException NotTogether(string expected, string found, string name) =>
            new("These networks cannot answer together", where: $"{first} and {name}", expected: expected,
                found: found, todo: "join networks that were trained on the same data");
    }

    /// <summary>Two of one network would only count twice.</summary>
    private static void RequireDifferent((string Name, NetworkState State)[] networks)
    {
        for (var i = 0; i < networks.Length; i++)
        {
            for (var j = 0; j < i; j++)
            {
                if (AreSame(networks[i].State, networks[j].State))
                {
                    throw new UserErrorException("These are the same network",
                        where: $"{networks[j].Name} and {networks[i].Name}", expected: "networks that differ",
                        found: "the same parameters", todo: "leave one out, or train one with another seed");
                }
            }
        }
    }

    private static bool AreSame(NetworkState one, NetworkState other) => one.Shape.Equals(other.Shape)
        && one.W.Zip(other.W).All(pair => pair.First.AsSpan().SequenceEqual(pair.Second))
        && one.b.Zip(other.b).All(pair => pair.First.AsSpan().SequenceEqual(pair.Second));

    private static string Names(DataShape shape) => Plain.Text(string.Join(" ", shape.ClassNames), 100);

    private static UserErrorException Refuse(string where, string expected, string found) =>
        new("This file holds no committee", where: where, expected: expected, found: Plain.Text(found),
            todo: "join the networks again");
}
