namespace MnistGpu.Exchange.Layers;

/// <summary>How files of other programs are refused.</summary>
internal static class Foreign
{
    /// <summary>What is taken, as every refusal ends.</summary>
    public const string Taken = "fully connected networks alone are taken: linear layers with ReLU, leaky ReLU (0.01), "
        + "tanh or sigmoid between them, BatchNorm and scaling by constants, and a softmax at the end";

    /// <summary>The largest file of weights that is looked at.</summary>
    public const long MostBytes = Model.NetworkShape.MaxParameters * sizeof(double) + (64L << 20);

    /// <summary>The file holds what is no network here.</summary>
    public static UserErrorException NoNetwork(string where, string expected, string found, string? todo = null,
        Exception? inner = null) =>
        new("This network cannot be taken over", where, expected, found, todo ?? Taken, inner);

    /// <summary>The file is not whole.</summary>
    public static UserErrorException Damaged(string where, string expected, string found, Exception? inner = null) =>
        new("This file of weights is damaged, or of another kind", where, expected, found, "take another copy", inner);
}
