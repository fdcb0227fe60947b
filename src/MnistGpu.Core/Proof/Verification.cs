using MnistGpu.Model;
using MnistGpu.Reference;

namespace MnistGpu.Proof;

/// <summary>One comparison of an engine with the reference.</summary>
/// <param name="What">What was compared.</param>
/// <param name="Error">The measured difference at the element that came nearest to its bound, or exceeded it
/// most.</param>
/// <param name="Bound">What the engine's arithmetic explains at that element.</param>
/// <param name="Passed">Whether every element stayed within its bound.</param>
public sealed record VerificationResult(string What, double Error, double Bound, bool Passed);

/// <summary>
/// Proves an engine: gradients, ten training steps, predictions, and that it repeats itself bit for bit, in full steps
/// and in batches.
/// </summary>
public static class Verification
{
    /// <summary>
    /// How many training steps are checked, each from the engine's own parameters, so that errors of earlier steps do
    /// not excuse later ones.
    /// </summary>
    public const int Steps = 10;

    /// <summary>Runs all checks. The engine's parameters and attached set are replaced.</summary>
    /// <param name="engine">The engine to prove.</param>
    /// <param name="start">Where to start from.</param>
    /// <param name="X">[inputs × m] pixels.</param>
    /// <param name="labels">[m] classes.</param>
    /// <param name="alpha">α of the steps, which are plain gradient descent.</param>
    /// <param name="products">How the engine may round the operands of its products; null for not at all.</param>
    public static IReadOnlyList<VerificationResult> Run(
        INetworkEngine engine, NetworkState start, ReadOnlyMemory<byte> X, ReadOnlyMemory<byte> labels, double alpha,
        ProductRounding? products = null)
    {
        var rule = new UpdateRule(alpha);
        engine.Load(start);
        engine.Attach(X, labels);
        var bounds = RoundingBounds.Create(engine.Save(), X.Span, labels.Span, products);
        var results = new List<VerificationResult> { Gradients(engine, bounds, labels.Length) };
        results.AddRange(TrainingSteps(engine, X, labels, rule, products));
        results.Add(Predictions(engine, X, labels, products));
        results.Add(Repeat("the same bits again", engine, start, () => engine.Step(rule)));
        var (order, size) = Order(labels.Length);
        engine.SetOrder(order);
        results.Add(Repeat("the same bits again, batches", engine, start, () =>
        {
            for (var first = 0; first < order.Length; first += size)
            {
                engine.Step(first, Math.Min(size, order.Length - first), rule);
            }
        }));
        return results;
    }

    private static VerificationResult Gradients(INetworkEngine engine, RoundingBounds bounds, int m)
    {
        var gradients = engine.ComputeGradients([.. Enumerable.Range(0, m)]);
        var worst = new Worst();
        for (var l = 0; l < engine.Shape.Layers; l++)
        {
            worst.Add(bounds.Gradients.dW[l], gradients.dW[l], bounds.Bounds.dW[l]);
            worst.Add(bounds.Gradients.db[l], gradients.db[l], bounds.Bounds.db[l]);
        }

        return worst.Result("gradients");
    }

    private static IEnumerable<VerificationResult> TrainingSteps(
        INetworkEngine engine, ReadOnlyMemory<byte> X, ReadOnlyMemory<byte> labels, UpdateRule rule,
        ProductRounding? products)
    {
        Worst parameters = new(), loss = new(), hits = new();
        engine.ReadTotals();
        for (var step = 0; step < Steps; step++)
        {
            var before = engine.Save();
            var bounds = RoundingBounds.Create(before, X.Span, labels.Span, products);
            engine.Step(rule);
            var after = engine.Save();
            for (var l = 0; l < before.Shape.Layers; l++)
            {
                Update(parameters, before.W[l], bounds.Gradients.dW[l], bounds.Bounds.dW[l], after.W[l], rule.Alpha);
                Update(parameters, before.b[l], bounds.Gradients.db[l], bounds.Bounds.db[l], after.b[l], rule.Alpha);
            }

            var totals = engine.ReadTotals();
            loss.Add([bounds.MeanLoss], [totals.MeanLoss], [bounds.MeanLossBound]);
            hits.Add([bounds.Hits], [totals.Hits], [bounds.HitsBound]);
        }

        yield return parameters.Result($"{Steps} steps, parameters");
        yield return loss.Result($"{Steps} steps, loss");
        yield return hits.Result($"{Steps} steps, hits");
    }

    private static void Update(Worst worst, double[] before, double[] gradient, double[] bound, double[] after,
        double alpha)
    {
        var expected = before.ToArray();
        Equations.Update(expected, gradient, alpha);
        worst.Add(expected, after,
            [.. expected.Select((value, i) => RoundingBounds.UpdateBound(value, gradient[i], bound[i], alpha))]);
    }

    private static VerificationResult Predictions(INetworkEngine engine, ReadOnlyMemory<byte> X,
        ReadOnlyMemory<byte> labels, ProductRounding? products)
    {
        var bounds = RoundingBounds.Create(engine.Save(), X.Span, labels.Span, products);
        var AL = new double[bounds.AL.Length];
        engine.Predict(X.Span, AL);
        var worst = new Worst();
        worst.Add(bounds.AL, AL, bounds.ALBounds);
        return worst.Result("predictions");
    }

    /// <summary>Every image once, out of order, and a batch size that leaves a rest.</summary>
    private static (int[] Order, int Size) Order(int m)
    {
        var order = Enumerable.Range(0, m).Select(j => j % 2 == 0 ? j / 2 : m - 1 - j / 2).ToArray();
        return (order, Math.Max(1, 2 * m / 5));
    }

    private static VerificationResult Repeat(string what, INetworkEngine engine, NetworkState start, Action step)
    {
        var runs = new NetworkState[2];
        var totals = new Totals[2];
        for (var run = 0; run < runs.Length; run++)
        {
            engine.Load(start);
            engine.ReadTotals();
            for (var i = 0; i < 3; i++)
            {
                step();
            }

            totals[run] = engine.ReadTotals();
            runs[run] = engine.Save();
        }

        var worst = new Worst();
        for (var l = 0; l < start.Shape.Layers; l++)
        {
            worst.Add(runs[0].W[l], runs[1].W[l], new double[runs[0].W[l].Length]);
            worst.Add(runs[0].b[l], runs[1].b[l], new double[runs[0].b[l].Length]);
        }

        worst.Add([totals[0].Loss, totals[0].Hits], [totals[1].Loss, totals[1].Hits], [0, 0]);
        return worst.Result(what);
    }

    /// <summary>Keeps the element whose error is the largest share of its bound.</summary>
    private sealed class Worst
    {
        private double share = -1;
        private double error;
        private double bound;

        public void Add(double[] expected, double[] actual, double[] bounds)
        {
            for (var i = 0; i < expected.Length; i++)
            {
                var difference = Math.Abs(expected[i] - actual[i]);
                var now = difference == 0 ? 0 : difference / bounds[i];
                // Not 'now > share': a difference that is no number must be kept, and kept for good.
                if (!(now <= share) && !double.IsNaN(share))
                {
                    (share, error, bound) = (now, difference, bounds[i]);
                }
            }
        }

        public VerificationResult Result(string what) => new(what, error, bound, share <= 1);
    }
}
