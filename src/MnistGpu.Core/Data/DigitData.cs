namespace MnistGpu.Data;

/// <summary>What a data source holds.</summary>
/// <param name="Train">The images to train on (and to hold some out of), in file order. The test images where the
/// source has no others and the request allows it.</param>
/// <param name="Test">The images to test on, where the source has any.</param>
/// <param name="Source">Where they come from, for people.</param>
/// <param name="Notice">What the user should know about the choice, one line: that digits are synthetic because no
/// MNIST was found.</param>
public sealed record DigitData(DigitSet Train, DigitSet? Test, string Source, string? Notice)
{
    /// <summary>What lies beside the images and is not used, a line each, with the reason.</summary>
    public IReadOnlyList<string> LeftOut { get; init; } = [];

    /// <summary>The labels of all images to train on, those beyond the request's limit included.</summary>
    public ReadOnlyMemory<byte> AllLabels { get; init; } = Train.Labels;

    /// <summary>Whether the images are dark on light, where MNIST's are light on dark.</summary>
    public bool IsDark { get; init; }
}
