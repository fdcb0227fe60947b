using System.Globalization;
using MnistGpu.Data;
using MnistGpu.Files;
using MnistGpu.Model;

namespace MnistGpu.Training;

/// <summary>
/// A network's state as a safetensors file: W1 [out × in], b1 [out], W2, …, everything else in the metadata. Several
/// networks in one file are a <see cref="CommitteeFile"/>.
/// </summary>
/// <param name="Networks">The parameters and the step count of each network; one, but for a committee.</param>
/// <param name="Metadata">What the file says beside them.</param>
internal sealed record ModelFile(IReadOnlyList<NetworkState> Networks, IReadOnlyDictionary<string, string> Metadata)
{
    /// <summary>A file of one network.</summary>
    /// <param name="state">The parameters and the step count.</param>
    /// <param name="metadata">What the file says beside them.</param>
    public ModelFile(NetworkState state, IReadOnlyDictionary<string, string> metadata)
        : this([state], metadata)
    {
    }

    /// <summary>The metadata key of the network's widths.</summary>
    internal const string NetworkKey = "network";
    /// <summary>The metadata key of the hidden layers' activation.</summary>
    internal const string ActivationKey = "activation";
    private const string StepKey = "step";

    /// <summary>The only network.</summary>
    /// <exception cref="UserErrorException">There are several; see <see cref="RequireOne"/>.</exception>
    public NetworkState State => RequireOne("the model").Networks[0];

    /// <summary>The widths, those of each network where they differ: "784-10-10", "a committee of 5 networks,
    /// 784-10-10".</summary>
    public string Title => IsCommittee
        ? $"a committee of {Networks.Count} networks, {string.Join(", ", Networks.Select(one => one.Shape).Distinct())}"
        : $"{Networks[0].Shape}";

    /// <summary>Whether several networks answer together.</summary>
    public bool IsCommittee => Networks.Count > 1;

    /// <summary>The parameters of all networks.</summary>
    public long ParameterCount => Networks.Sum(one => one.Shape.ParameterCount);

    /// <summary>The images that the network reads and the classes it names.</summary>
    /// <param name="path">The file, for errors.</param>
    /// <inheritdoc cref="ModelImages.Of" path="/exception"/>
    public DataShape Images(string path) => ModelImages.Of(path, Metadata, Networks[0].Shape);

    /// <summary>More steps than any run takes, and few enough to go on counting.</summary>
    internal const long MostSteps = 1_000_000_000_000_000;

    /// <summary>This, where it is one network.</summary>
    /// <param name="path">The file, for errors.</param>
    /// <exception cref="UserErrorException">It is a committee.</exception>
    public ModelFile RequireOne(string path) => !IsCommittee ? this
        : throw new UserErrorException("This can be done with one network only", where: path, expected: "one network",
            found: Title, todo: "name a model of one network. A committee can be asked, evaluated, served, shown and "
            + "joined, and exported to ONNX, NumPy and PyTorch");

    /// <summary>Writes a model in one piece.</summary>
    /// <param name="path">Where to; replaced if it is there.</param>
    /// <param name="asDouble">F64 as the reference has them, rather than F32.</param>
    /// <param name="keepPrevious">Whether what was there is kept, see <see cref="AtomicFile"/>.</param>
    /// <exception cref="UserErrorException">The path cannot be written.</exception>
    public void Save(string path, bool asDouble, bool keepPrevious = false)
    {
        if (!IsCommittee)
        {
            Save(path, State, asDouble, Metadata, keepPrevious);
            return;
        }

        var tensors = new List<Tensor>();
        for (var i = 0; i < Networks.Count; i++)
        {
            StateTensors.Add(tensors, Networks[i].Shape, CommitteeFile.Prefix(i), Networks[i].W, Networks[i].b);
        }

        Safetensors.Write(path, tensors, Metadata, asDouble, keepPrevious);
    }

    /// <summary>Writes a model of one network in one piece.</summary>
    /// <param name="path">Where to; replaced if it is there.</param>
    /// <param name="state">The parameters and the step count.</param>
    /// <param name="asDouble">F64 as the reference has them, rather than F32.</param>
    /// <param name="metadata">What else to keep; network, activation, step and SHA-256 are added.</param>
    /// <param name="keepPrevious">Whether what was there is kept, see <see cref="AtomicFile"/>.</param>
    /// <exception cref="UserErrorException">The path cannot be written.</exception>
    public static void Save(string path, NetworkState state, bool asDouble,
        IReadOnlyDictionary<string, string> metadata, bool keepPrevious = false)
    {
        var tensors = new List<Tensor>();
        StateTensors.Add(tensors, state.Shape, "", state.W, state.b);
        Safetensors.Write(path, tensors, Describe(state, metadata), asDouble, keepPrevious);
    }

    /// <summary>The metadata with what the state itself says.</summary>
    internal static Dictionary<string, string> Describe(NetworkState state,
        IReadOnlyDictionary<string, string> metadata) => new(metadata, StringComparer.Ordinal)
        {
            [NetworkKey] = state.Shape.ToString(),
            [ActivationKey] = state.Shape.Activation.Name(),
            [StepKey] = state.Step.ToString(CultureInfo.InvariantCulture),
        };

    /// <summary>
    /// Reads a model; the network's widths are those of its tensors. Of a checkpoint, it reads
    /// the parameters used for evaluation: the best epoch's, else the average, if there are any.
    /// </summary>
    /// <exception cref="UserErrorException">The file cannot be read, is damaged, or its tensors are no
    /// network.</exception>
    public static ModelFile Load(string path) => Load(path, Safetensors.Read(path));

    /// <summary>
    /// Whether a file has the layout that is written here: W1 [out, in]. NumPy users may have W1 [in, out].
    /// </summary>
    internal static bool IsOwn(Safetensors file) => CommitteeFile.IsIn(file) || file.Metadata.ContainsKey(NetworkKey)
        ? !file.Tensors.ContainsKey("fc1.weight")
        : file.Tensors.TryGetValue("W1", out var W1) && file.Tensors.TryGetValue("b1", out var b1)
            && W1.Shape.Length == 2 && b1.Values.Length == W1.Shape[0];

    /// <summary>Reads a model of a file that is read.</summary>
    /// <inheritdoc cref="Load(string)" path="/exception"/>
    internal static ModelFile Load(string path, Safetensors file)
    {
        if (CommitteeFile.IsIn(file))
        {
            return CommitteeFile.Read(path, file);
        }

        var model = From(path, file);
        Checkpoint.ReadEvaluationParameters(path, file, model.State);
        return model;
    }

    /// <summary>A file's parameters, W1, b1, …, and its metadata.</summary>
    /// <inheritdoc cref="Load(string)" path="/exception"/>
    internal static ModelFile From(string path, Safetensors file)
    {
        var W = new List<Tensor>();
        while (file.Tensors.TryGetValue($"W{W.Count + 1}", out var next))
        {
            W.Add(next);
        }

        if (W.Count == 0)
        {
            throw NoNetwork(path, "a tensor W1",
                file.Tensors.Count == 0 ? "no tensors" : string.Join(", ", file.Tensors.Keys.Take(8)));
        }

        var stray = file.Tensors.Keys.FirstOrDefault(name => IsParameter(name, out var layer) && layer > W.Count);
        if (stray is not null)
        {
            throw NoNetwork($"{path}, tensor '{stray}'",
                $"layers without a gap: W1 to W{W.Count} are there, W{W.Count + 1} is not", stray);
        }

        foreach (var w in W)
        {
            if (w.Shape.Length != 2)
            {
                throw NoNetwork($"{path}, tensor '{w.Name}'", "the shape [out, in]", Text(w.Shape));
            }
        }

        for (var l = 1; l < W.Count; l++)
        {
            if (W[l].Shape[1] != W[l - 1].Shape[0])
            {
                throw NoNetwork($"{path}, tensor '{W[l].Name}'",
                    $"{W[l - 1].Shape[0]} columns, one per row of {W[l - 1].Name}", Text(W[l].Shape));
            }
        }

        var state = new NetworkState(new NetworkShape(path, [W[0].Shape[1],
            .. W.Select(w => w.Shape[0])]).With(ActivationOf(path, file)))
        { Step = StepOf(path, file) };
        for (var l = 0; l < W.Count; l++)
        {
            W[l].Values.CopyTo(state.W[l], 0);
            Bias(path, file, $"b{l + 1}", state.b[l].Length).CopyTo(state.b[l], 0);
            StateTensors.RequireFinite(path, W[l].Name, state.W[l]);
            StateTensors.RequireFinite(path, $"b{l + 1}", state.b[l]);
        }

        if (file.Metadata.TryGetValue(NetworkKey, out var network) && network != state.Shape.ToString())
        {
            throw NoNetwork($"{path}, metadata '{NetworkKey}'", $"{state.Shape}, as its tensors are", network);
        }

        return new ModelFile(state, file.Metadata);
    }

    /// <summary>Whether a name is W or b and the number of a layer.</summary>
    private static bool IsParameter(string name, out int layer)
    {
        layer = 0;
        return name.Length > 1 && name[0] is 'W' or 'b'
            && int.TryParse(name.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out layer);
    }

    private static double[] Bias(string path, Safetensors file, string name, int length)
    {
        // NumPy users keep b as a column.
        if (!file.Tensors.TryGetValue(name, out var b) || b.Values.Length != length || b.Shape.Length is not (1 or 2))
        {
            throw NoNetwork($"{path}, tensor '{name}'", $"the shape [{length}]",
                b is null ? "no such tensor" : Text(b.Shape));
        }

        return b.Values;
    }

    /// <summary>Files that do not say come from before there was a choice, or from NumPy.</summary>
    private static Activation ActivationOf(string path, Safetensors file) =>
        !file.Metadata.TryGetValue(ActivationKey, out var name) ? Activation.ReLU
        : Activations.Names.TryGetValue(name, out var activation) ? activation
        : throw NoNetwork(
            $"{path}, metadata '{ActivationKey}'", string.Join(" or ", Activations.Names.Keys), $"'{name}'");

    private static long StepOf(string path, Safetensors file)
    {
        if (!file.Metadata.TryGetValue(StepKey, out var text))
        {
            return 0;
        }

        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var step) && step <= MostSteps
            ? step
            : throw NoNetwork($"{path}, metadata '{StepKey}'", $"a whole number from 0 to {MostSteps}", $"'{text}'");
    }

    private static UserErrorException NoNetwork(string where, string expected, string found) =>
        new("This file holds no network", where, expected, found,
            "Network.Save writes one: W1 [out, in], b1 [out], W2, …");

    private static string Text(int[] shape) => $"[{string.Join(", ", shape)}]";
}
