using System.Globalization;
using MnistGpu.Files;
using MnistGpu.Program.Jobs;
using MnistGpu.Training;

namespace MnistGpu.Program.Commands.Train;

/// <summary>
/// Where a training's model goes. A complete run's takes the name that was asked for, an interrupted one's a name of
/// its own beside it; what was at either is kept as FILE.previous.
/// </summary>
internal sealed class ModelPlace
{
    private static readonly (string Key, string Set)[] Measures =
        [("test_accuracy", "test"), ("dev_accuracy", "development"), ("train_accuracy", "training")];

    // What this training wrote: to be replaced by itself without a copy.
    private readonly HashSet<string> written = [];

    /// <param name="path">Where to; null for nowhere.</param>
    /// <exception cref="UserErrorException">It cannot be written.</exception>
    public ModelPlace(string? path)
    {
        Path = path;
        if (path is not null)
        {
            Interrupted = System.IO.Path.ChangeExtension(path, null) + ".interrupted"
                + System.IO.Path.GetExtension(path);
            AtomicFile.RequireWritable(path);
            AtomicFile.RequireWritable(Interrupted);
        }
    }

    /// <summary>Where a complete run's model goes.</summary>
    public string? Path { get; }

    /// <summary>Where an interrupted run's model goes.</summary>
    public string? Interrupted { get; }

    /// <summary>What was there before this training saved.</summary>
    public ReplacedModel? Replaced { get; private set; }

    /// <summary>All files that it writes, each with what names it.</summary>
    public (string Option, string? Path)[] Files => Path is null ? [] :
    [
        ("--save", Path), ("--save's FILE.previous", AtomicFile.Previous(Path)),
        ("an interrupted run's model", Interrupted),
        ("an interrupted run's FILE.previous", AtomicFile.Previous(Interrupted!)),
    ];

    /// <summary>
    /// Saves, unless the run was stopped before it learnt anything; returns where, or null for nowhere.
    /// </summary>
    /// <exception cref="UserErrorException">It cannot be written.</exception>
    public string? Save(ModelFile model, bool asDouble, TrainingResult result)
    {
        var isStopped = result.End == TrainingEnd.Cancelled;
        if ((isStopped ? Interrupted : Path) is not { } file || (isStopped && result.Taken == 0))
        {
            return null;
        }

        Write(file, model, asDouble);
        if (!isStopped && written.Contains(Interrupted!))
        {
            DeletePart();
        }

        return file;
    }

    // The part is in the whole; where it cannot be deleted, it only lies there.
    private void DeletePart()
    {
        try
        {
            File.Delete(Interrupted!);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }
    }

    /// <summary>Saves some of a committee's networks until all are there.</summary>
    /// <exception cref="UserErrorException">It cannot be written.</exception>
    public void SavePart(ModelFile part, bool asDouble)
    {
        if (Interrupted is { } file)
        {
            Write(file, part, asDouble);
        }
    }

    // An interrupted run saves twice: the second time in place of the first.
    private void Write(string file, ModelFile model, bool asDouble)
    {
        var isFirst = !written.Contains(file);
        if (isFirst)
        {
            Replaced = File.Exists(file) ? new ReplacedModel(AtomicFile.Previous(file), AccuracyOf(file)) : null;
        }

        model.Save(file, asDouble, keepPrevious: isFirst);
        written.Add(file);
    }

    private static string? AccuracyOf(string file)
    {
        var metadata = Safetensors.FindMetadata(file);
        foreach (var (key, set) in Measures)
        {
            if (double.TryParse(metadata?.GetValueOrDefault(key), NumberStyles.Float, CultureInfo.InvariantCulture,
                out var accuracy))
            {
                return $"{Readable.Percent(accuracy)} {set}";
            }
        }

        return null;
    }
}
