using MnistGpu.Data;
using MnistGpu.Exchange;
using MnistGpu.Host;
using MnistGpu.Training;

namespace MnistGpu;

/// <summary>
/// A trained network, or a committee of them. It never changes, and many threads may ask it at once. Dispose of it when
/// it is no longer needed: calls under way then end as usual, later ones throw <see cref="ObjectDisposedException"/>.
/// </summary>
/// <example>
/// <code>
/// var digits = Dataset.Load();
/// using var network = Network.Train(digits.Training, new() { Epochs = 5, OnEpoch = Console.WriteLine });
/// Console.WriteLine(network.Evaluate(digits.Test));
/// network.Save("model.safetensors");
///
/// using var loaded = Network.Load("model.safetensors");
/// var answer = loaded.Predict("seven.png");
/// Console.WriteLine($"a {answer.Name}, to {answer.Probability:P1}");
/// </code>
/// </example>
public sealed partial class Network : IDisposable
{
    /// <summary>The metadata key of the rows of its training.</summary>
    internal const string HistoryKey = "history";

    /// <summary>What a network that was trained is called, where another has the name of its file.</summary>
    internal const string Trained = "the trained network";

    private readonly Lock gate = new();
    private readonly Func<Answerer> open;
    private readonly Lazy<IReadOnlyList<EpochRow>> history;
    private readonly DataShape images;
    private readonly string[] classNames;
    private volatile Answerer? answerer;
    private volatile bool isDisposed;

    /// <param name="source">The file, or what it is for people.</param>
    /// <param name="model">The parameters and what is told of them.</param>
    /// <param name="choice">What answers.</param>
    /// <param name="engines">Where that comes from.</param>
    /// <param name="threads">Threads on the CPU; 0 for one per core.</param>
    /// <param name="opensLater">Whether the engine starts with the first question: a network that was trained must not
    /// be lost where it does not.</param>
    internal Network(string source, ModelFile model, EngineChoice choice, IEngineList engines, int threads,
        bool opensLater = false)
    {
        (Source, Model, images) = (source, model, model.Images(source));
        (Device, HasKernels) = (choice.Name, choice.HasKernels);
        classNames = [.. images.ClassNames];
        history = new(() => ReadHistory().AsReadOnly());
        open = () => Answerer.Create(model.Networks, choice, engines, threads);
        if (!opensLater)
        {
            answerer = open();
        }
    }

    /// <summary>Pixels side by side of the images that it reads.</summary>
    public int Width => images.Width;

    /// <summary>Pixels one above the other of the images that it reads.</summary>
    public int Height => images.Height;

    /// <summary>Bytes of a pixel: 1 for grey, 3 for red, green and blue.</summary>
    public int Channels => images.Channels;

    /// <summary>The name of each class, in the order of the probabilities.</summary>
    public IReadOnlyList<string> ClassNames => classNames;

    /// <summary>How many networks answer together: 1, or those of a committee, see <see cref="Join"/>.</summary>
    public int Members => Model.Networks.Count;

    /// <summary>The widths of its layers, from the input's pixels to the output's classes; of a committee, those of its
    /// first network.</summary>
    public IReadOnlyList<int> Widths => Model.Networks[0].Shape.Widths;

    /// <summary>What its hidden layers make of their sums; of a committee, those of its first network.</summary>
    public Activation Activation => Model.Networks[0].Shape.Activation;

    /// <summary>What answers, as <see cref="TrainingOptions.Device"/> names it: simd, cuda:0.</summary>
    public string Device { get; }

    /// <summary>The epochs of its training; empty where its file does not tell them, and for a committee, whose
    /// networks have each their own.</summary>
    /// <exception cref="UserErrorException">What the file tells of them is damaged.</exception>
    public IReadOnlyList<EpochRow> History => history.Value;

    /// <summary>Where it comes from: its file, or the training.</summary>
    internal string Source { get; }

    /// <summary>Its parameters and what is told of it.</summary>
    internal ModelFile Model { get; }

    /// <summary>The images that it reads and the classes that it names.</summary>
    internal DataShape Images => images;

    /// <summary>Whether its engine is made of kernels on a device.</summary>
    internal bool HasKernels { get; }

    /// <summary>The hardware that answers, for people.</summary>
    internal string Description => Asked().Description;

    /// <summary>One line that the user should know of how it computes; null for nothing.</summary>
    internal string? Notice => Asked().Notice;

    /// <summary>The devices of this machine, the fastest kind first: names for <see cref="TrainingOptions.Device"/> and
    /// <see cref="Load"/>. GPUs are listed where the program refers to the package MnistGpu.Gpu.</summary>
    public static IReadOnlyList<string> Devices => [.. EngineLists.Found.List().Select(choice => choice.Name)];

    /// <summary>Reads a network that was saved here, or by PyTorch, Keras, NumPy or as ONNX.</summary>
    /// <param name="path">The file: safetensors, ONNX, .npz, .pt, .h5 or .keras.</param>
    /// <param name="device">What answers, as <see cref="TrainingOptions.Device"/> names it. The CPU answers a few
    /// images sooner than a GPU.</param>
    /// <exception cref="UserErrorException">The file cannot be read, is damaged, or holds no network that can be taken
    /// over; or there is no such device.</exception>
    public static Network Load(string path, string device = "simd")
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(device);
        return OnDevice(device, (choice, engines) => Open(path, choice, engines));
    }

    /// <summary>The same without keeping a thread waiting.</summary>
    /// <param name="path">The file: safetensors, ONNX, .npz, .pt, .h5 or .keras.</param>
    /// <param name="device">What answers, as <see cref="TrainingOptions.Device"/> names it.</param>
    /// <param name="cancel">Gives up before the file is read.</param>
    /// <inheritdoc cref="Load" path="/exception"/>
    public static Task<Network> LoadAsync(string path, string device = "simd", CancellationToken cancel = default) =>
        Task.Run(() => Load(path, device), cancel);

    /// <summary>
    /// Makes a committee: the mean of the networks' probabilities answers, which reads more images right than most of
    /// them alone. Networks with different starts, from different seeds, give most.
    /// </summary>
    /// <remarks>Each network has engines of its own on the device: asking takes as many times longer, and as much
    /// more memory, as there are networks.</remarks>
    /// <param name="networks">Up to 100 networks that read the same images and name the same classes, no two the same;
    /// committees among them bring all of theirs. They stay the caller's, and may be disposed of.</param>
    /// <param name="device">What answers, as <see cref="TrainingOptions.Device"/> names it.</param>
    /// <exception cref="ArgumentException">There are no networks, or one is null.</exception>
    /// <exception cref="UserErrorException">They read other images or name other classes, two are the same, or there
    /// are too many; or there is no such device.</exception>
    public static Network Join(IEnumerable<Network> networks, string device = "simd")
    {
        ArgumentNullException.ThrowIfNull(networks);
        ArgumentNullException.ThrowIfNull(device);
        var members = networks.ToArray();
        if (members.Length == 0 || Array.Exists(members, network => network is null))
        {
            throw new ArgumentException("A committee has at least one network, and none that is null.",
                nameof(networks));
        }

        var models = members.Select(network => (network.Source, network.Model)).ToArray();
        return OnDevice(device, (choice, engines) =>
            new Network("the committee", CommitteeFile.Join(models), choice, engines, threads: 0));
    }

    /// <summary>
    /// Writes the network; the name's ending says in which format. A file of that name is replaced, whole: whatever
    /// happens meanwhile, the name leads to the old file or to the new one.
    /// </summary>
    /// <param name="path">A name that ends in .safetensors, which keeps all and loads again; .onnx, for other programs,
    /// bytes in and probabilities out; .npz, for NumPy; or .cs, C# source that needs nothing else.</param>
    /// <remarks>Parameters of the reference are kept as float64 but for .onnx and .cs, which hold float32. A
    /// committee's arrays in .npz are called 1.W1, 1.b1, …, 2.W1, …; it has no .cs.</remarks>
    /// <exception cref="UserErrorException">The ending is none of these, the file cannot be written, or a committee
    /// shall become .cs.</exception>
    /// <exception cref="ObjectDisposedException">The network was disposed of.</exception>
    public void Save(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        ObjectDisposedException.ThrowIf(isDisposed, this);
        if (Path.GetExtension(path).Equals(".safetensors", StringComparison.OrdinalIgnoreCase))
        {
            Model.Save(path, asDouble: !Model.Networks.All(one => one.IsSingle));
        }
        else
        {
            ModelExport.Save(path, Model, replace: true);
        }
    }

    /// <summary>Lets calls under way end, and frees what the network holds.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            isDisposed = true;
        }

        answerer?.Dispose();
    }

    /// <summary>The same as <see cref="Load"/>, for a program that has chosen what answers.</summary>
    /// <param name="path">The file.</param>
    /// <param name="choice">What answers.</param>
    /// <param name="engines">Where that comes from.</param>
    /// <param name="threads">Threads on the CPU; 0 for one per core.</param>
    /// <param name="opensLater">Whether the engine starts with <see cref="StartEngine"/> or the first question: for a
    /// program that has yet to see whether there is one.</param>
    /// <inheritdoc cref="Load" path="/exception"/>
    internal static Network Open(string path, EngineChoice choice, IEngineList engines, int threads = 0,
        bool opensLater = false) => new(path, ModelImport.Load(path), choice, engines, threads, opensLater);

    /// <summary>Starts the engine where it is not yet.</summary>
    /// <exception cref="UserErrorException">The device does not start.</exception>
    internal void StartEngine() => Asked();

    /// <summary>Makes a network on a device; errors name the argument.</summary>
    private static Network OnDevice(string device, Func<EngineChoice, IEngineList, Network> make)
    {
        const string Property = $"{nameof(TrainingOptions)}.{nameof(TrainingOptions.Device)}";
        try
        {
            var engines = EngineLists.Found;
            return make(engines.ChooseReal(device), engines);
        }
        catch (UserErrorException e) when (e.Message.Contains(Property, StringComparison.Ordinal))
        {
            throw e.Renamed(Property, nameof(device));
        }
    }

    /// <summary>What answers, started where it is not yet.</summary>
    private Answerer Asked()
    {
        ObjectDisposedException.ThrowIf(isDisposed, this);
        if (answerer is { } known)
        {
            return known;
        }

        lock (gate)
        {
            ObjectDisposedException.ThrowIf(isDisposed, this);
            return answerer ??= open();
        }
    }

    private List<EpochRow> ReadHistory()
    {
        try
        {
            return !Model.IsCommittee && Model.Metadata.TryGetValue(HistoryKey, out var csv)
                ? TrainingHistory.Parse(csv) : [];
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
            throw new UserErrorException("The history of this network's training is damaged",
                where: $"{Source}, metadata '{HistoryKey}'", expected: "a row of numbers for each epoch",
                found: e.Message, todo: "get the file again; its answers do not depend on it", inner: e);
        }
    }
}
