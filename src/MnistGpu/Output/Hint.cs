using MnistGpu.Model;
using MnistGpu.Program.Jobs;

namespace MnistGpu.Program.Output;

/// <summary>The one option that would help most, judged by what the run was.</summary>
internal static class Hint
{
    public static string? For(TrainOutcome outcome)
    {
        var request = outcome.Request;
        if (outcome.Setup.Data.Notice is not null)
        {
            return "these digits are drawn by a program; with real ones at hand: --data FOLDER (data/README.md says "
                + "which files)";
        }

        if (outcome.Setup.Choice.IsHostSimulation || outcome.Setup.Engine.IsDouble)
        {
            return "--device simd does the same on this CPU, "
                + $"{(outcome.Setup.Choice.IsHostSimulation ? "hundreds" : "dozens")} of times faster";
        }

        if (request.StartFile is null && request.Init == Start.Normal)
        {
            return "--init he starts the parameters at a size that fits the layer, so far fewer units begin saturated "
                + "or dead";
        }

        if (outcome.Setup.Engine.Shape.ParameterCount < 50_000)
        {
            return "--network 784-128-10 gives the network more units to tell digits apart";
        }

        return request.Rule.Optimizer == Optimizer.GradientDescent && request.Rule.Alpha < 0.5
            && outcome.Best.Run.Training.Accuracy < 0.98
            ? "--rate 0.5 learns faster, as long as the loss still falls" : null;
    }
}
