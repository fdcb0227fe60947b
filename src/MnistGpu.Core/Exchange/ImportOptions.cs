using MnistGpu.Exchange.Layers;

namespace MnistGpu.Exchange;

/// <summary>What a file of another program may leave unsaid.</summary>
internal sealed record ImportOptions
{
    /// <summary>What the network expects of its pixels, where it does not take bytes.</summary>
    public InputScale Input { get; init; } = InputScale.None;

    /// <summary>What stands between the layers, where the file does not say.</summary>
    public ForeignActivation Activation { get; init; }
}
