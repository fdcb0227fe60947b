using System.Buffers;
using System.Globalization;
using MnistGpu.Data;
using MnistGpu.Files;
using MnistGpu.Model;

namespace MnistGpu.Training;

/// <summary>
/// Several networks whose mean probabilities answer, in one file: tensors 1.W1, 1.b1, …, 2.W1, …. What all of them
/// say in their metadata stands there once, the rest as 1.seed, 2.seed, ….
/// </summary>
internal static class Committee
{
    /// <summary>More networks than anyone trains for one answer.</summary>
    public const int Most = 100;

    /// <summary>What one network says of images.</summary>
    /// <param name="network">Its index, from 0.</param>
    /// <param name="X">[inputs × m] pixels.</param>
    /// <param name="AL">Receives [outputs × m] probabilities.</param>
    public delegate void Ask(int network, ReadOnlySpan<byte> X, Span<double> AL);

    /// <summary>What the names of a network's tensors begin with.</summary>
    /// <param name="index">From 0.</param>
    public static string Prefix(int index) => string.Create(CultureInfo.InvariantCulture, $"{index + 1}.");

    /// <summary>Whether a file holds a committee.</summary>
    public static bool IsIn(Safetensors file) => StateTensors.Has(file, Prefix(0));

    /// <summary>The mean of the networks' probabilities. Nothing is allocated once the pool has grown.</summary>
    /// <param name="networks">How many there are.</param>
    /// <param name="X">[inputs × m] pixels.</param>
    /// <param name="AL">Receives [outputs × m] probabilities.</param>
    /// <param name="ask">Asks one of them.</param>
    public static void Predict(int networks, ReadOnlySpan<byte> X, Span<double> AL, Ask ask)
    {
        ask(0, X, AL);
        var rented = ArrayPool<double>.Shared.Rent(AL.Length);
        try
        {
            var own = rented.AsSpan(0, AL.Length);
            for (var i = 1; i < networks; i++)
            {
                ask(i, X, own);
                for (var j = 0; j < own.Length; j++)
                {
                    AL[j] += own[j];
                }
            }
        }
        finally
        {
            ArrayPool<double>.Shared.Return(rented);
        }

        foreach (ref var a in AL)
        {
            a /= networks;
        }
    }

    /// <summary>Makes one model of several; committees among them bring all their networks.</summary>
    /// <param name="models">The models, each with its name for errors.</param>
    /// <param name="own">What the file says of the committee itself; null for nothing.</param>
    /// <exception cref="UserErrorException">They read other images or name other classes, or there are more than
    /// <see cref="Most"/> networks.</exception>
    public static ModelFile Join(IReadOnlyList<(string Name, ModelFile Model)> models,
        IReadOnlyDictionary<string, string>? own = null)
    {
        var (first, one) = models[0];
        foreach (var (name, model) in models)
        {
            RequireSame($"{first} and {name}", one.Images(first), model.Images(name));
            RequireSameInk($"{first} and {name}", one.Metadata, model.Metadata);
        }

        var networks = models.SelectMany(model => model.Model.Networks).ToArray();
        if (networks.Length > Most)
        {
            throw new UserErrorException("These are too many networks for one committee", where: first,
                expected: $"at most {Most}", found: $"{networks.Length}", todo: "join fewer of them");
        }

        var metadata = models.SelectMany(model => Metadata(model.Model)).ToArray();
        own ??= new Dictionary<string, string>();
        var shared = metadata[0].Where(pair => !own.ContainsKey(pair.Key)
            && Array.TrueForAll(metadata, other => other.GetValueOrDefault(pair.Key) == pair.Value));
        var joined = new Dictionary<string, string>(shared, StringComparer.Ordinal);
        for (var i = 0; i < metadata.Length && metadata.Length > 1; i++)
        {
            foreach (var (key, value) in metadata[i].Where(pair => !joined.ContainsKey(pair.Key)))
            {
                joined[Prefix(i) + key] = value;
            }
        }

        foreach (var (key, value) in own)
        {
            joined[key] = value;
        }

        return new ModelFile(networks, joined);
    }

    /// <summary>Reads a committee of a file that is read.</summary>
    /// <exception cref="UserErrorException">One of its networks is none, they do not belong together, or there are
    /// other tensors.</exception>
    public static ModelFile Read(string path, Safetensors file)
    {
        var networks = new List<NetworkState>();
        var known = 0;
        while (networks.Count < Most && StateTensors.Has(file, Prefix(networks.Count)))
        {
            var part = Part(file, Prefix(networks.Count));
            networks.Add(ModelFile.From($"{path}, network {networks.Count + 1}", part).State);
            known += part.Tensors.Count;
        }

        var (inputs, outputs) = (networks[0].Shape.Inputs, networks[0].Shape.Outputs);
        var other = networks.FindIndex(one => one.Shape.Inputs != inputs || one.Shape.Outputs != outputs);
        return known != file.Tensors.Count
            ? throw Refuse(path, $"the networks 1 to {networks.Count} alone, at most {Most}",
                file.Tensors.Keys.First(name => !IsOf(name, networks.Count)))
            : other > 0
            ? throw Refuse($"{path}, network {other + 1}", $"{inputs} inputs and {outputs} outputs, as network 1 has",
                $"{networks[other].Shape}")
            : new ModelFile(networks, file.Metadata);
    }

    /// <summary>What the file says of each network, as if it had a file of its own.</summary>
    private static IEnumerable<IReadOnlyDictionary<string, string>> Metadata(ModelFile model) =>
        model.Networks.Select((state, i) => ModelFile.Describe(state,
            model.IsCommittee ? MetadataOf(model.Metadata, Prefix(i)) : model.Metadata));

    private static Safetensors Part(Safetensors file, string prefix) => new()
    {
        Tensors = file.Tensors.Where(pair => pair.Key.StartsWith(prefix, StringComparison.Ordinal))
            .ToDictionary(pair => pair.Key[prefix.Length..], pair => pair.Value),
        Metadata = MetadataOf(file.Metadata, prefix),
    };

    /// <summary>What stands there once, and what stands there for the network of a prefix.</summary>
    public static Dictionary<string, string> MetadataOf(IReadOnlyDictionary<string, string> all, string prefix)
    {
        var metadata = all.Where(pair => !char.IsAsciiDigit(pair.Key.FirstOrDefault()))
            .ToDictionary(StringComparer.Ordinal);
        foreach (var (key, value) in all.Where(pair => pair.Key.StartsWith(prefix, StringComparison.Ordinal)))
        {
            metadata[key[prefix.Length..]] = value;
        }

        return metadata;
    }

    private static bool IsOf(string tensor, int networks) => Enumerable.Range(0, networks)
        .Any(i => tensor.StartsWith(Prefix(i), StringComparison.Ordinal));

    private static void RequireSame(string where, DataShape one, DataShape other)
    {
        if (!one.HasSizeOf(other) || !one.ClassNames.SequenceEqual(other.ClassNames) || one.IsDigits != other.IsDigits)
        {
            throw new UserErrorException("These networks cannot answer together", where: where,
                expected: $"the same images and classes: {one.Size}, {Names(one)}",
                found: $"{other.Size}, {Names(other)}", todo: "join networks that were trained on the same data");
        }
    }

    private static void RequireSameInk(string where, IReadOnlyDictionary<string, string> one,
        IReadOnlyDictionary<string, string> other)
    {
        if (ModelImages.AreDark(one) != ModelImages.AreDark(other))
        {
            throw new UserErrorException("These networks cannot answer together", where: where,
                expected: "images that are dark on light for both, or for neither", found: "one of each",
                todo: "join networks that were trained on the same data");
        }
    }

    private static string Names(DataShape shape) => Plain.Text(string.Join(" ", shape.ClassNames), 100);

    private static UserErrorException Refuse(string where, string expected, string found) =>
        new("This file holds no committee", where: where, expected: expected, found: Plain.Text(found),
            todo: "join the networks again");
}
