using System.Globalization;
using MnistGpu.Model;
using MnistGpu.Training;

namespace MnistGpu;

/// <summary>How good a network is on a set of images.</summary>
/// <example>
/// <code>
/// var score = network.Evaluate(digits.Test);
/// Console.WriteLine($"{score}; {score.Confusion(4, 9)} fours were taken for nines");
/// </code>
/// </example>
public sealed class Score
{
    internal Score(Totals totals, Evaluation evaluation) => (Totals, Evaluation) = (totals, evaluation);

    /// <summary>The number of images.</summary>
    public long Count => Totals.Images;

    /// <summary>How many images it named rightly.</summary>
    public long Hits => Totals.Hits;

    /// <summary>The share of images that it named rightly, 0 to 1.</summary>
    public double Accuracy => Totals.Accuracy;

    /// <summary>The mean over the images of −ln of the probability that it gave the right class, in nats.</summary>
    public double Loss => Totals.MeanLoss;

    /// <summary>The class that it named for each image.</summary>
    public ReadOnlySpan<byte> Predicted => Evaluation.Predicted;

    /// <summary>How many images of class <paramref name="label"/> it took for class
    /// <paramref name="predicted"/>.</summary>
    /// <exception cref="IndexOutOfRangeException">There is no such class.</exception>
    public int Confusion(int label, int predicted) => Evaluation.Confusion[label, predicted];

    /// <summary>Loss and hits, as the engine counted them.</summary>
    internal Totals Totals { get; }

    /// <summary>The answers.</summary>
    internal Evaluation Evaluation { get; }

    /// <summary>The accuracy and its counts, for people: "98.12 % (9,812 of 10,000)".</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{100 * Accuracy:0.00} % ({Hits:N0} of {Count:N0})");
}
