namespace MnistGpu.Exchange.Onnx;

/// <summary>How a network is written as ONNX.</summary>
internal sealed record OnnxOptions
{
    /// <summary>The oldest operator set that has every node written here as it is today.</summary>
    public const int DefaultOpset = 13;

    /// <summary>Whether the graph takes bytes from 0 to 255; else floats from 0 to 1.</summary>
    public bool TakesBytes { get; init; } = true;

    /// <summary>Whether the graph ends in softmax; else in Z of the last layer, the logits.</summary>
    public bool GivesProbabilities { get; init; } = true;

    /// <summary>The version of ONNX's operators, 9 to 26.</summary>
    public int Opset { get; init; } = DefaultOpset;

    /// <summary>
    /// An image's dimensions behind the batch, outermost first, for example 1, 28, 28; null for one row of numbers.
    /// </summary>
    public IReadOnlyList<int>? Image { get; init; }
}
