using MnistGpu.Model;

namespace MnistGpu.Training;

/// <summary>The parameters that an engine evaluates with: their average, if it keeps one.</summary>
internal static class EvaluationParameters
{
    /// <summary>A copy of the parameters used for evaluation, with the step count and nothing else.</summary>
    public static NetworkState SaveEvaluationParameters(this INetworkEngine engine)
    {
        var state = engine.Save();
        var used = state.EvaluationParameters;
        (used.Step, used.Moments) = (state.Step, null);
        return used;
    }
}
