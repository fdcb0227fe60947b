namespace MnistGpu.Training;

/// <summary>Words for a probability, the same wherever an answer is shown.</summary>
internal static class Certainty
{
    /// <summary>How sure a network is that gives its answer this probability, from 0 to 1.</summary>
    public static string From(double probability) => probability switch
    {
        > 0.99 => "as good as certain",
        > 0.9 => "quite sure",
        > 0.6 => "rather sure",
        _ => "not sure",
    };
}
