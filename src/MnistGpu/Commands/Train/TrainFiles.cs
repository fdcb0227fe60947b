using System.Diagnostics;
using System.Text;
using MnistGpu.Exchange.TensorBoard;
using MnistGpu.Files;
using MnistGpu.Model;
using MnistGpu.Program.Jobs;
using MnistGpu.Program.Output;
using MnistGpu.Program.Reports;
using MnistGpu.Program.Settings;
using MnistGpu.Training;

namespace MnistGpu.Program.Commands.Train;

/// <summary>
/// The files that a training writes. That they can be written is found out before it begins; a disk that fills up
/// meanwhile does not end it.
/// </summary>
internal sealed class TrainFiles : IDisposable
{
    // Histories are small, but every write is flushed to the disk.
    private static readonly TimeSpan BetweenHistories = TimeSpan.FromSeconds(1);

    private readonly TrainRequest request;
    private readonly TrainView view;
    private readonly bool isWriter;
    private readonly ModelPlace model;
    private long? historyWritten;

    // Until this process has written it, the file may be another run's.
    private bool isHistoryOurs;
    private bool hasWarned;
    private EventFile? events;

    /// <param name="request">What was asked for.</param>
    /// <param name="view">Who is told.</param>
    /// <param name="isWriter">Whether this process writes them; of several that train together, one does.</param>
    /// <exception cref="UserErrorException">A file that the user named cannot be written.</exception>
    public TrainFiles(TrainRequest request, TrainView view, bool isWriter)
    {
        (this.request, this.view, this.isWriter) = (request, view, isWriter);
        Sha256.Require();
        if (!isWriter)
        {
            model = new ModelPlace(null);
            return;
        }

        foreach (var file in (string?[])[request.CheckpointFile, request.HistoryFile])
        {
            if (file is not null)
            {
                AtomicFile.RequireWritable(file);
            }
        }

        model = request.SaveFile is { } named ? new ModelPlace(named) : DefaultModel();
        var previous = (Option: "--checkpoint's FILE.previous", Path: request.CheckpointFile is { } checkpoint
            ? AtomicFile.Previous(checkpoint) : null);
        (string, string?)[] others =
            [.. model.Files, ("--checkpoint", request.CheckpointFile), previous, ("--resume", request.Resumed?.Path),
                ("--start", request.StartFile), ("--data", request.Data)];
        AtomicFile.RequireOwn("--checkpoint", request.CheckpointFile, model.Files);
        AtomicFile.RequireOwn(previous.Option, previous.Path, model.Files);
        AtomicFile.RequireOwn("--history", request.HistoryFile, others);
        ReportFile.Require(request.ReportPath, [.. others, ("--history", request.HistoryFile)]);
    }

    /// <summary>The step of the last checkpoint that was written; null for none.</summary>
    public long? CheckpointStep { get; private set; }

    /// <summary>What was where the model is now; null for nothing.</summary>
    public ReplacedModel? Replaced => model.Replaced;

    /// <summary>
    /// Saves the model, see <see cref="ModelPlace"/>. What went wrong comes back, so that the results are shown all the
    /// same.
    /// </summary>
    public (string? Path, UserErrorException? Failure) SaveModel(ModelFile file, INetworkEngine engine,
        TrainingResult result)
    {
        try
        {
            return (model.Save(file, engine.IsDouble, result), null);
        }
        catch (UserErrorException e)
        {
            return (null, e);
        }
    }

    /// <summary>Saves the networks of a committee that are complete, where an interrupted run's model goes: the others
    /// may take hours.</summary>
    public void SavePart(Func<ModelFile> file, INetworkEngine engine)
    {
        if (!isWriter)
        {
            return;
        }

        try
        {
            model.SavePart(file(), engine.IsDouble);
        }
        catch (UserErrorException e)
        {
            Warn("the networks so far could not be saved; training goes on", e);
        }
    }

    /// <summary>Saves a checkpoint of the engine's present state.</summary>
    public void SaveCheckpoint(INetworkEngine engine, TrainingPosition position, Dictionary<string, string> settings)
    {
        if (!isWriter)
        {
            return;
        }

        var state = engine.Save();
        if (!state.IsFinite)
        {
            // The next step will show that the run diverged; what was saved before it is worth more.
            return;
        }

        try
        {
            // Resumed from the one before it, because the file itself is damaged: only that one is worth keeping.
            var keepPrevious = CheckpointStep is not null
                || request.Resumed?.Path != AtomicFile.Previous(request.CheckpointFile!);
            Checkpoint.Save(request.CheckpointFile!, state, position, engine.IsDouble, settings, keepPrevious);
            CheckpointStep = position.Step;
        }
        catch (UserErrorException e)
        {
            var kept = CheckpointStep is { } step ? $"the checkpoint of step {step} stays" : "the one before stays";
            Warn($"no checkpoint could be written after step {position.Step}; training goes on, {kept}", e);
        }
    }

    /// <summary>Writes the rows so far.</summary>
    /// <param name="position">Where the run is.</param>
    /// <param name="isLast">Whether no more rows come.</param>
    public void SaveHistory(TrainingPosition position, bool isLast)
    {
        if (!isWriter || request.HistoryFile is not { } file
            || (!isLast && historyWritten is { } last && Stopwatch.GetElapsedTime(last) < BetweenHistories))
        {
            return;
        }

        historyWritten = Stopwatch.GetTimestamp();
        try
        {
            AtomicFile.Write(file, stream => stream.Write(Encoding.UTF8.GetBytes(TrainingHistory.ToCsv(position))),
                keepPrevious: !isHistoryOurs);
            isHistoryOurs = true;
        }
        catch (UserErrorException e)
        {
            Warn("the history could not be written; training goes on", e);
        }
    }

    /// <summary>Begins the events of a run, in a folder of its own where there are several.</summary>
    public void BeginEvents(ulong seed)
    {
        if (isWriter && request.TensorBoardFolder is { } folder)
        {
            events?.Dispose();
            events = EventFile.Create(request.Runs > 1 ? Path.Combine(folder, $"seed-{seed}") : folder);
        }
    }

    /// <summary>Writes a row as an event.</summary>
    public void SaveEvent(EpochRow row)
    {
        try
        {
            events?.Write(row);
        }
        catch (UserErrorException e)
        {
            Warn("the events could not be written; training goes on", e);
        }
    }

    /// <summary>Ends the events.</summary>
    public void Dispose() => events?.Dispose();

    /// <summary>Writes the report, if one is asked for. What went wrong comes back, as for the model.</summary>
    public (string? Path, UserErrorException? Failure) SaveReport(Func<string> page)
    {
        try
        {
            if (request.ReportPath is { } file)
            {
                ReportFile.Write(file, page());
            }

            return (request.ReportPath, null);
        }
        catch (UserErrorException e)
        {
            return (null, e);
        }
    }

    private void Warn(string what, UserErrorException e)
    {
        if (!hasWarned)
        {
            hasWarned = true;
            TrainView.Warning($"{what}\n{OptionWords.In(e)}");
        }
    }

    /// <summary>The default place, or null where it cannot be written: that is only a notice.</summary>
    private ModelPlace DefaultModel()
    {
        try
        {
            return new ModelPlace(TrainSettings.DefaultSave);
        }
        catch (UserErrorException)
        {
            view.Notice("The model will not be saved: this folder cannot be written to. --save FILE names another "
                + "place.");
            return new ModelPlace(null);
        }
    }
}
