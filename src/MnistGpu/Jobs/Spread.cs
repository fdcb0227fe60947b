using MnistGpu.Model;

namespace MnistGpu.Program.Jobs;

/// <summary>Accuracies over several seeds.</summary>
/// <param name="Values">One for each seed, 0 to 1.</param>
/// <param name="Mean">Their mean.</param>
/// <param name="Deviation">The standard deviation of a sample, with n − 1; 0 for one value.</param>
internal sealed record Spread(IReadOnlyList<double> Values, double Mean, double Deviation)
{
    /// <summary>The spread of those that there are; null for none.</summary>
    public static Spread? From(IEnumerable<Totals?> totals)
    {
        var values = totals.OfType<Totals>().Select(t => t.Accuracy).ToArray();
        if (values.Length == 0)
        {
            return null;
        }

        var mean = values.Average();
        return new Spread(values, mean, values.Length < 2
            ? 0 : Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Length - 1)));
    }
}
