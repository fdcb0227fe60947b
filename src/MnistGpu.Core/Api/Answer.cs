namespace MnistGpu;

/// <summary>What a network says of one image.</summary>
/// <param name="Class">The most probable class, an index of <see cref="Network.ClassNames"/>: of digits, the digit. The
/// lowest wins a tie.</param>
/// <param name="Name">Its name.</param>
/// <param name="Probabilities">The probability of each class, 0 to 1; they sum to 1.</param>
/// <example>
/// <code>
/// var answer = network.Predict(pixels);
/// Console.WriteLine(answer.Probability &gt; 0.9 ? $"a {answer.Name}" : $"perhaps a {answer.Name}");
/// </code>
/// </example>
public readonly record struct Answer(int Class, string Name, ReadOnlyMemory<double> Probabilities)
{
    /// <summary>The probability of <see cref="Class"/>, 0 to 1.</summary>
    public double Probability => Probabilities.IsEmpty ? 0 : Probabilities.Span[Class];

    /// <summary>The name and its probability, for people: "7 (99.8 %)".</summary>
    public override string ToString() =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Name} ({100 * Probability:0.0} %)");
}
