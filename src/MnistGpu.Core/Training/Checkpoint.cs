using System.Globalization;
using System.Text.Json;
using MnistGpu.Data;
using MnistGpu.Files;
using MnistGpu.Model;

namespace MnistGpu.Training;

/// <summary>
/// A run at one step, as a model file with more in it: the optimizer's moments (moment1.W1, …, moment2.W1, …), the
/// average (average.W1, …), the best row's parameters (best.W1, …), and in the metadata the position, the history
/// and the settings of the run.
/// </summary>
/// <param name="Path">The file it was read from.</param>
/// <param name="State">The network's whole state.</param>
/// <param name="Position">Where the run is.</param>
/// <param name="Metadata">All that the file says, the run's settings among it.</param>
internal sealed record Checkpoint(string Path, NetworkState State, TrainingPosition Position,
    IReadOnlyDictionary<string, string> Metadata)
{
    private const string VersionKey = "checkpoint";
    private const string Version = "1";
    private const string StepKey = "run_step";
    private const string MomentStepsKey = "moment_steps";
    private const string MomentKindKey = "moment_kind";
    private const string RowImagesKey = "row_images";
    private const string RowLossKey = "row_loss";
    private const string RowHitsKey = "row_hits";
    private const string HistoryKey = "history";
    private const string Average = "average.";
    private const string Best = "best.";

    /// <summary>Writes a checkpoint.</summary>
    /// <param name="path">Where to.</param>
    /// <param name="state">The network's whole state.</param>
    /// <param name="position">Where the run is.</param>
    /// <param name="asDouble">F64 where the engine computes so, else F32, which holds its numbers exactly.</param>
    /// <param name="settings">What the run needs to go on, and what must be the same then.</param>
    /// <param name="keepPrevious">Whether the one before it is kept as FILE.previous, in place of the one that is
    /// there.</param>
    /// <exception cref="UserErrorException">The path cannot be written; what was there stays.</exception>
    public static void Save(string path, NetworkState state, TrainingPosition position, bool asDouble,
        IReadOnlyDictionary<string, string> settings, bool keepPrevious = true)
    {
        var tensors = new List<Tensor>();
        StateTensors.Add(tensors, state.Shape, "", state.W, state.b);
        if (state.Average is { } average)
        {
            StateTensors.Add(tensors, state.Shape, Average, average.W, average.b);
        }

        for (var i = 1; i <= (state.Moments?.Count ?? 0); i++)
        {
            var moment = i == 1 ? state.Moments!.First : state.Moments!.Second!;
            StateTensors.Add(tensors, state.Shape, Moment(i), moment.dW, moment.db);
        }

        if (position.Best is { } best)
        {
            StateTensors.Add(tensors, state.Shape, Best, best.W, best.b);
        }

        var metadata = new Dictionary<string, string>(ModelFile.Describe(state, settings))
        {
            [VersionKey] = Version,
            [StepKey] = Text(position.Step),
            [MomentKindKey] = Text(state.Moments?.Kind ?? MomentKind.None),
            [MomentStepsKey] = Text(state.Moments?.Steps ?? 0),
            [RowImagesKey] = Text(position.Row.Images),
            [RowLossKey] = position.Row.Loss.ToString("R", CultureInfo.InvariantCulture),
            [RowHitsKey] = Text(position.Row.Hits),
            [HistoryKey] = TrainingHistory.ToCsv(position),
        };
        Safetensors.Write(path, tensors, metadata, asDouble, keepPrevious);
    }

    /// <summary>
    /// Reads a checkpoint; where the file is gone, because a run of an earlier version was killed between two renames,
    /// the one before it.
    /// </summary>
    /// <exception cref="UserErrorException">There is none, it is damaged, or it is a model without a run's
    /// position.</exception>
    public static Checkpoint Load(string path)
    {
        var previous = AtomicFile.Previous(path);
        if (!File.Exists(path) && File.Exists(previous))
        {
            return Read(previous);
        }

        try
        {
            return Read(path);
        }
        catch (UserErrorException e) when (File.Exists(path) && File.Exists(previous))
        {
            throw new UserErrorException($"The checkpoint {path} cannot be used, but the one before it is there: "
                + $"go on with --resume {previous}. ", e);
        }
    }

    /// <summary>
    /// The SHA-256 of the images and labels that a run uses, in the run's order, those held out included.
    /// </summary>
    public static string HashOf(DevelopmentSplit split)
    {
        using var hash = Sha256.Start();
        foreach (var set in (DigitSet?[])[split.Training, split.Development])
        {
            hash.AppendData(set is null ? [] : set.X.Span);
            hash.AppendData(set is null ? [] : set.Labels.Span);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>
    /// Replaces the parameters and their step by those used for evaluation: the best epoch's, else the average, if the
    /// file has them.
    /// </summary>
    internal static void ReadEvaluationParameters(string path, Safetensors file, NetworkState state)
    {
        if (Array.Find([Best, Average], prefix => StateTensors.Has(file, prefix)) is { } prefixUsed)
        {
            StateTensors.Read(path, file, state.Shape, prefixUsed, state.W, state.b);
            state.Step = prefixUsed == Best
                ? StepOfBest(new TrainingPosition { History = HistoryOf(path, file) }, state)
                : state.Step;
        }
    }

    private static Checkpoint Read(string path)
    {
        if (!File.Exists(path))
        {
            throw new UserErrorException("There is no such checkpoint", where: path,
                expected: "a file that --checkpoint FILE wrote",
                found: Directory.Exists(path) ? "a folder" : "no such file",
                todo: "check the name, or begin a new run without --resume");
        }

        var file = Safetensors.Read(path);
        if (!file.Metadata.TryGetValue(VersionKey, out var version) || version != Version)
        {
            throw new UserErrorException("A run cannot go on from this file", where: $"{path}, metadata '{VersionKey}'",
                expected: Version,
                found: version is null ? "none: this is a model, not a checkpoint" : $"'{version}'",
                todo: version is null ? "name a file that --checkpoint wrote, or begin a new run with --start"
                : "use the version of the program that wrote it");
        }

        var model = ModelFile.From(path, file);
        var (state, metadata) = (model.State, model.Metadata);
        var shape = state.Shape;
        if (StateTensors.Has(file, Moment(1)))
        {
            state.Moments = new Moments(shape, KindOf(path, file)) { Steps = Count(MomentStepsKey) };
            StateTensors.Read(path, file, shape, Moment(1), state.Moments.First.dW, state.Moments.First.db);
            if (state.Moments.Second is { } second)
            {
                StateTensors.Read(path, file, shape, Moment(2), second.dW, second.db);
            }
        }

        state.Average = Parameters(Average);
        var position = new TrainingPosition
        {
            Step = Count(StepKey),
            Row = new Totals(Count(RowImagesKey), Value(path, file, RowLossKey, Finite), Count(RowHitsKey)),
            History = HistoryOf(path, file),
        };
        Require(position.Row.Hits <= position.Row.Images, RowHitsKey,
            $"at most {position.Row.Images}, the row's images", position.Row.Hits);
        Require(state.Moments is null || state.Moments.Steps <= position.Step, MomentStepsKey,
            $"at most {position.Step}, the run's steps", state.Moments?.Steps ?? 0);
        var last = position.History.Count > 0 ? position.History[^1].Step : 0;
        Require(last <= position.Step, HistoryKey, $"rows up to step {position.Step}, the run's last", last);
        position.Best = Parameters(Best);
        if (position.Best is { } best)
        {
            best.Step = StepOfBest(position, state);
        }

        return file.HasHash ? new Checkpoint(path, state, position, metadata)
            : throw new UserErrorException("A run cannot go on from this file", where: path,
                expected: "the hash that --checkpoint writes", found: "none: it is damaged, or not this program's",
                todo: "take another copy, or begin a new run with --start");

        NetworkState? Parameters(string prefix)
        {
            if (!StateTensors.Has(file, prefix))
            {
                return null;
            }

            var parameters = new NetworkState(shape) { Step = state.Step };
            StateTensors.Read(path, file, shape, prefix, parameters.W, parameters.b);
            return parameters;
        }

        long Count(string key) => Value(path, file, key, text =>
            long.Parse(text, CultureInfo.InvariantCulture) is >= 0 and <= ModelFile.MostSteps and var count
                ? count : throw new FormatException($"{text}, which is not from 0 to {ModelFile.MostSteps}"));

        void Require(bool isSo, string key, string expected, long found)
        {
            if (!isSo)
            {
                throw Refuse(path, key, expected, $"{found}");
            }
        }
    }

    private static double Finite(string text) =>
        double.Parse(text, CultureInfo.InvariantCulture) is var number && double.IsFinite(number)
            ? number : throw new FormatException($"{text}, which is no finite number");

    private static List<EpochRow> HistoryOf(string path, Safetensors file) =>
        Value(path, file, HistoryKey, TrainingHistory.Parse);

    private static long StepOfBest(TrainingPosition position, NetworkState state) =>
        position.BestRow?.Step ?? state.Step;

    private static T Value<T>(string path, Safetensors file, string key, Func<string, T> parse)
    {
        var text = file.Metadata.GetValueOrDefault(key, "");
        try
        {
            return parse(text);
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
            throw Refuse(path, key, "what a checkpoint has there",
                text.Length == 0 ? "nothing" : e.Message, e);
        }
    }

    private static UserErrorException Refuse(string path, string key, string expected, string found,
        Exception? inner = null) =>
        new("A run cannot go on from this file", where: $"{path}, metadata '{key}'", expected: expected, found: found,
            todo: "take another copy", inner: inner);

    // Files without the key are of the time when one moment was momentum's and two were Adam's.
    private static MomentKind KindOf(string path, Safetensors file)
    {
        var count = StateTensors.Has(file, Moment(2)) ? 2 : 1;
        if (!file.Metadata.ContainsKey(MomentKindKey))
        {
            return count == 2 ? MomentKind.MeanAndSquare : MomentKind.Velocity;
        }

        return Value(path, file, MomentKindKey, text =>
        {
            var kind = Array.Find(Enum.GetValues<MomentKind>(), kind => Text(kind) == text);
            return kind.Count() == count ? kind : throw new FormatException();
        });
    }

    private static string Text(MomentKind kind) => JsonNamingPolicy.KebabCaseLower.ConvertName(kind.ToString());

    private static string Moment(int i) => $"moment{i}.";

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
