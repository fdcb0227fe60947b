using MnistGpu.Model;
using MnistGpu.Reference;

namespace MnistGpu.Proof;

/// <summary>One comparison of an engine with the reference.</summary>
/// <param name="What">What was compared.</param>
/// <param name="Error">The measured difference at the element that came nearest to its bound, or exceeded it
/// most.</param>
/// <param name="Bound">What the engine's arithmetic explains at that element.</param>
/// <param name="Passed">Whether every element stayed within its bound.</param>
/// <param name="Share">The error over the bound, at that element; 0 where both are 0.</param>
/// <param name="ProbableShare">
/// The largest error over the bound that errors stay within nearly always
/// (<see cref="RoundingBounds.ProbableGamma"/>).
/// </param>
internal sealed record VerificationResult(
    string What, double Error, double Bound, bool Passed, double Share, double ProbableShare)
{
    /// <summary>Whether every element stayed within what is usual. An engine that passes but is beyond it is suspect:
    /// its errors are explained only if all of them conspire.</summary>
    public bool IsUsual => ProbableShare <= 1;
}

/// <summary>
/// Proves an engine: gradients, ten training steps, predictions, that it repeats itself bit for bit, in full steps and
/// in batches, and that it deforms images to the reference's bytes.
/// </summary>
internal static class Verification
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
    /// <param name="widths">Images of these widths are deformed, too, as <see cref="Deformation"/> says.</param>
    public static IReadOnlyList<VerificationResult> Run(
        INetworkEngine engine, NetworkState start, ReadOnlyMemory<byte> X, ReadOnlyMemory<byte> labels, double alpha,
        ProductRounding? products = null, IReadOnlyList<int>? widths = null)
    {
        var rule = new UpdateRule(alpha);
        engine.Load(start);
        engine.Attach(X, labels);
        var bounds = Bounds.Create(engine.Save(), X, labels, products);
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
        results.AddRange((widths ?? []).Select(width => Deformed(engine, start, X, labels, width)));
        return results;
    }

    /// <summary>Gradients of images that the engine deforms, against those of the reference's bytes.</summary>
    private static VerificationResult Deformed(INetworkEngine engine, NetworkState start, ReadOnlyMemory<byte> X,
        ReadOnlyMemory<byte> labels, int width)
    {
        const uint Epoch = 3;
        var deformation = new Deformation
        {
            Width = width,
            Shift = 1,
            Rotation = 15,
            Scale = 0.15,
            Shear = 15,
            ElasticAlpha = 36,
        };
        var (m, n) = (labels.Length, engine.Shape.Inputs);
        var own = engine.Regularization;
        int[] images = [.. Enumerable.Range(0, m)];
        engine.Load(start);
        engine.Attach(X, labels);
        engine.Regularization = own with { Deformation = deformation };
        var actual = engine.ComputeGradients(images, Epoch);
        engine.Regularization = own;
        var deformer = new ReferenceDeformer(deformation, own.Seed, width, n / width);
        var deformed = new byte[m * n];
        for (var j = 0; j < m; j++)
        {
            deformer.Deform(X.Span.Slice(j * n, n), j, labels.Span[j], Epoch, deformed.AsSpan(j * n, n));
        }

        engine.Attach(deformed, labels);
        var expected = engine.ComputeGradients(images, Epoch);
        var worst = new Worst();
        for (var l = 0; l < engine.Shape.Layers; l++)
        {
            worst.Add(expected.dW[l], actual.dW[l], new double[actual.dW[l].Length], new double[actual.dW[l].Length]);
            worst.Add(expected.db[l], actual.db[l], new double[actual.db[l].Length], new double[actual.db[l].Length]);
        }

        return worst.Result($"images of {width} × {n / width}, bent");
    }

    private static VerificationResult Gradients(INetworkEngine engine, Bounds bounds, int m)
    {
        var gradients = engine.ComputeGradients([.. Enumerable.Range(0, m)]);
        var worst = new Worst();
        var (sure, probable) = bounds;
        for (var l = 0; l < engine.Shape.Layers; l++)
        {
            worst.Add(sure.Gradients.dW[l], gradients.dW[l], sure.Bounds.dW[l], probable.Bounds.dW[l]);
            worst.Add(sure.Gradients.db[l], gradients.db[l], sure.Bounds.db[l], probable.Bounds.db[l]);
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
            var (sure, probable) = Bounds.Create(before, X, labels, products);
            engine.Step(rule);
            var after = engine.Save();
            for (var l = 0; l < before.Shape.Layers; l++)
            {
                Update(parameters, before.W[l], sure.Gradients.dW[l], sure.Bounds.dW[l], probable.Bounds.dW[l],
                    after.W[l], rule.Alpha);
                Update(parameters, before.b[l], sure.Gradients.db[l], sure.Bounds.db[l], probable.Bounds.db[l],
                    after.b[l], rule.Alpha);
            }

            var totals = engine.ReadTotals();
            loss.Add([sure.MeanLoss], [totals.MeanLoss], [sure.MeanLossBound], [probable.MeanLossBound]);
            hits.Add([sure.Hits], [totals.Hits], [sure.HitsBound], [probable.HitsBound]);
        }

        yield return parameters.Result($"{Steps} steps, parameters");
        yield return loss.Result($"{Steps} steps, loss");
        yield return hits.Result($"{Steps} steps, hits");
    }

    private static void Update(Worst worst, double[] before, double[] gradient, double[] bound, double[] probable,
        double[] after, double alpha)
    {
        var expected = before.ToArray();
        Equations.Update(expected, gradient, alpha);
        worst.Add(expected, after, Updated(bound), Updated(probable));

        double[] Updated(double[] bounds) =>
            [.. expected.Select((value, i) => RoundingBounds.UpdateBound(value, gradient[i], bounds[i], alpha))];
    }

    private static VerificationResult Predictions(INetworkEngine engine, ReadOnlyMemory<byte> X,
        ReadOnlyMemory<byte> labels, ProductRounding? products)
    {
        var (sure, probable) = Bounds.Create(engine.Save(), X, labels, products);
        var AL = new double[sure.AL.Length];
        engine.Predict(X.Span, AL);
        var worst = new Worst();
        worst.Add(sure.AL, AL, sure.ALBounds, probable.ALBounds);
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
            Same(runs[0].W[l], runs[1].W[l]);
            Same(runs[0].b[l], runs[1].b[l]);
        }

        Same([totals[0].Loss, totals[0].Hits], [totals[1].Loss, totals[1].Hits]);
        return worst.Result(what);

        void Same(double[] first, double[] second) =>
            worst.Add(first, second, new double[first.Length], new double[first.Length]);
    }

    /// <summary>What no error can exceed, and what it stays within nearly always.</summary>
    private sealed record Bounds(RoundingBounds Sure, RoundingBounds Probable)
    {
        public static Bounds Create(
            NetworkState state, ReadOnlyMemory<byte> X, ReadOnlyMemory<byte> labels, ProductRounding? products) =>
            new(RoundingBounds.Create(state, X.Span, labels.Span, products),
                RoundingBounds.Create(state, X.Span, labels.Span, products, isProbable: true));
    }

    /// <summary>Keeps the element whose error is the largest share of its bound.</summary>
    private sealed class Worst
    {
        private double share = -1;
        private double probableShare;
        private double error;
        private double bound;

        public void Add(double[] expected, double[] actual, double[] bounds, double[] probable)
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

                probableShare = Math.Max(probableShare, difference == 0 ? 0 : difference / probable[i]);
            }
        }

        public VerificationResult Result(string what) => new(what, error, bound, share <= 1, share, probableShare);
    }
}
