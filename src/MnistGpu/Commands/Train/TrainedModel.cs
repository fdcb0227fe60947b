using MnistGpu.Data;
using MnistGpu.Model;
using MnistGpu.Program.Jobs;
using MnistGpu.Training;

namespace MnistGpu.Program.Commands.Train;

/// <summary>What a training saves and shows: the best run's network, or all runs' as a committee.</summary>
/// <param name="Best">The run, or what all runs of a committee are together.</param>
/// <param name="File">What is saved.</param>
/// <param name="State">The network whose weights are shown; of a committee, the first.</param>
internal sealed record TrainedModel(BestRun Best, ModelFile File, NetworkState State)
{
    /// <summary>The model of the runs that are kept.</summary>
    /// <param name="kept">The best run, or those of the committee.</param>
    /// <param name="request">What was asked for.</param>
    /// <param name="setup">What it ran on.</param>
    public static TrainedModel Of(IReadOnlyList<KeptRun> kept, TrainRequest request, TrainSetup setup)
    {
        var model = kept is [var one] ? OfOne(one, request, setup) : OfAll(kept, request, setup);
        var isWhole = !request.IsCommittee || kept.Count == request.Runs;
        // Some of a committee's networks are not what the name was meant for.
        return isWhole ? model : model with
        {
            Best = model.Best with
            {
                Run = model.Best.Run with
                {
                    Result = model.Best.Run.Result with { End = TrainingEnd.Cancelled },
                },
            },
        };
    }

    /// <summary>The file of runs, which may be some of a committee's.</summary>
    public static ModelFile FileOf(IReadOnlyList<KeptRun> kept, TrainRequest request, TrainSetup setup,
        IReadOnlyDictionary<string, string>? results = null) => CommitteeFile.Join(
            [.. kept.Select(one => ($"seed {one.Run.Seed}", FileOf(one, request, setup)))], results);

    private static TrainedModel OfOne(KeptRun kept, TrainRequest request, TrainSetup setup)
    {
        var (data, engine) = (setup.Data, setup.Engine);
        engine.Load(kept.State);
        var (set, name) = SeedRun.Shown(data, kept.Split);
        var shown = Evaluation.Create(engine, set, CancellationToken.None);
        return new TrainedModel(new BestRun(kept.Run, kept.Position, shown, set, name), FileOf(kept, request, setup),
            kept.State);
    }

    /// <summary>
    /// A committee's runs held other images out, so that none were held out from all: it is judged by the test images,
    /// and by all that were taken to train on.
    /// </summary>
    private static TrainedModel OfAll(IReadOnlyList<KeptRun> kept, TrainRequest request, TrainSetup setup)
    {
        var (data, first) = (setup.Data, kept[0]);
        var taken = data.Train.Slice(0, first.Split.Training.Count + (first.Split.Development?.Count ?? 0));
        var training = Evaluate(taken);
        var test = data.Test is { } set ? Evaluate(set) : null;
        var run = first.Run with
        {
            Result = Sum(kept.Select(one => one.Run.Result)),
            Training = training.FromProbabilities,
            Development = null,
            Test = test?.FromProbabilities,
        };
        var results = new Dictionary<string, string>();
        TrainingRecord.AddResults(results, run.Images, null, run.Training, run.Test?.Accuracy);
        var (judged, name, shown) = test is null ? (taken, "Training set", training) : (data.Test!, "Test set", test);
        return new TrainedModel(new BestRun(run, first.Position, shown, judged, name),
            FileOf(kept, request, setup, results), first.State);

        Evaluation Evaluate(DigitSet images) => Evaluation.Create(
            (X, AL) => MeanAnswer.Predict(kept.Count, X, AL, Ask), setup.Engine.Shape.Outputs, images,
            CancellationToken.None);

        void Ask(int network, ReadOnlySpan<byte> X, Span<double> AL)
        {
            setup.Engine.Load(kept[network].State);
            setup.Engine.Predict(X, AL);
        }
    }

    private static TrainingResult Sum(IEnumerable<TrainingResult> results) => results.Aggregate((sum, one) => sum with
    {
        Taken = sum.Taken + one.Taken,
        Images = sum.Images + one.Images,
        Elapsed = sum.Elapsed + one.Elapsed,
    });

    private static ModelFile FileOf(KeptRun kept, TrainRequest request, TrainSetup setup) => new(kept.State,
        TrainMetadata.Create(request, setup.Engine, setup.Data, kept.Position, kept.Run));
}
