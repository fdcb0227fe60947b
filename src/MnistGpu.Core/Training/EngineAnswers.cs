using MnistGpu.Model;

namespace MnistGpu.Training;

/// <summary>What remains of an engine's state when training is over.</summary>
public static class EngineAnswers
{
    /// <summary>A copy of the parameters that answer, with the step count and nothing else.</summary>
    public static NetworkState SaveAnswering(this INetworkEngine engine)
    {
        var state = engine.Save();
        var answering = state.Answering;
        (answering.Step, answering.Moments) = (state.Step, null);
        return answering;
    }
}
