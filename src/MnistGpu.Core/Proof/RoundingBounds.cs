using MnistGpu.Model;
using MnistGpu.Reference;

namespace MnistGpu.Proof;

/// <summary>
/// How far float32 arithmetic may be from float64 arithmetic on the same parameters and images, derived, not guessed: a
/// running error analysis in the manner of Higham, "Accuracy and Stability of Numerical Algorithms", 2nd ed., chapter
/// 3. A sum of K products in any order is off by at most γK·Σ|aₖ·bₖ| with γK = K·u/(1 − K·u), u =
/// 2⁻²⁴; errors of the inputs are carried through each equation, and a hidden unit within its error of zero may
/// fall on either side of a kink. The products have a file of their own, because their operands may be rounded more
/// coarsely (<see cref="ProductRounding"/>), and so have the activations.
/// </summary>
/// <remarks>
/// Assumed of an engine: sums in any order (a multiply-add rounded once or twice), 1/255 applied once per element of a
/// product or of an operand, and an exponential within <see cref="ExpUlps"/> units in the last place after an argument
/// rounded a few times (ex2.approx on CUDA scales its argument by log₂e first).
/// </remarks>
internal sealed partial class RoundingBounds
{
    /// <summary>u = 2⁻²⁴, float32's unit roundoff.</summary>
    public const double u = 1.0 / (1 << 24);

    /// <summary>The error allowed an engine's exponential, in units in the last place.</summary>
    public const int ExpUlps = 4;

    /// <summary>The error allowed an engine's hyperbolic tangent, in units in the last place.</summary>
    public const int TanhUlps = 4;

    // λ of ProbableGamma: a chance of 3e-14 a sum.
    private const double Lambda = 8;

    // What flushing numbers below 2⁻¹²⁶ to zero can cost a value that is at most 1.
    private const double Underflow = 2e-38;

    private readonly NetworkState state;
    private readonly NetworkShape shape;
    private readonly ProductRounding products;
    private readonly Func<long, double> gamma;
    private long images;

    private RoundingBounds(NetworkState state, ProductRounding products, Func<long, double> gamma)
    {
        this.state = state;
        this.products = products;
        this.gamma = gamma;
        shape = state.Shape;
        Gradients = new Gradients(shape);
        Bounds = new Gradients(shape);
    }

    /// <summary>The gradients in float64.</summary>
    public Gradients Gradients { get; }

    /// <summary>For each gradient, the largest difference that float32 arithmetic explains.</summary>
    public Gradients Bounds { get; }

    /// <summary>AL in float64, [outputs × m].</summary>
    public double[] AL { get; private set; } = [];

    /// <summary>For each probability, the largest difference that float32 arithmetic explains.</summary>
    public double[] ALBounds { get; private set; } = [];

    /// <summary>The mean loss in float64.</summary>
    public double MeanLoss { get; private set; }

    /// <summary>The largest difference in the mean loss that float32 arithmetic explains.</summary>
    public double MeanLossBound { get; private set; }

    /// <summary>Hits in float64.</summary>
    public long Hits { get; private set; }

    /// <summary>How many images have two outputs so near each other that float32 may call either the largest.</summary>
    public long HitsBound { get; private set; }

    /// <summary>γn = n·u/(1 − n·u).</summary>
    public static double Gamma(long n) => n * u / (1 - n * u);

    /// <summary>
    /// γ̃n = exp((λ·√n·u + n·u²)/(1 − u)) − 1: what n roundings come to if they are independent and as
    /// often up as down, but for a chance of 2·exp(−λ²·(1 − u)²/2) (Higham and Mary, "A new approach to
    /// probabilistic rounding error analysis", 2019, theorem 2.4).
    /// </summary>
    public static double ProbableGamma(long n) =>
        Math.Exp((Lambda * Math.Sqrt(n) * u + n * u * u) / (1 - u)) - 1;

    /// <summary>
    /// Values and bounds of one forward and backward pass from a state whose parameters are float32 numbers.
    /// </summary>
    /// <param name="state">The parameters, exactly as the engine has them.</param>
    /// <param name="X">[inputs × m] pixels.</param>
    /// <param name="labels">[m] classes.</param>
    /// <param name="products">How the engine may round the operands of its products; null for not at all.</param>
    /// <param name="isProbable">
    /// Whether the bounds of sums are those that errors stay within nearly always (<see cref="ProbableGamma"/>), not
    /// those that no error can exceed.
    /// </param>
    public static RoundingBounds Create(NetworkState state, ReadOnlySpan<byte> X, ReadOnlySpan<byte> labels,
        ProductRounding? products = null, bool isProbable = false)
    {
        var m = EngineGuard.Images(state.Shape, X, labels);
        var bounds = new RoundingBounds(state, products ?? ProductRounding.None, isProbable ? ProbableGamma : Gamma)
        {
            images = m,
            AL = new double[m * state.Shape.Outputs],
            ALBounds = new double[m * state.Shape.Outputs],
        };
        for (var j = 0; j < m; j++)
        {
            bounds.Image(X.Slice(j * state.Shape.Inputs, state.Shape.Inputs), labels[j], j);
        }

        bounds.Finish();
        return bounds;
    }

    /// <summary>
    /// The largest difference in a parameter after one update W − α·dW in float32, α rounded to float32 first.
    /// </summary>
    /// <param name="after">The parameter after the update in float64.</param>
    /// <param name="gradient">Its gradient in float64.</param>
    /// <param name="bound">The gradient's bound.</param>
    /// <param name="alpha">α.</param>
    public static double UpdateBound(double after, double gradient, double bound, double alpha)
    {
        var change = alpha * (bound + Gamma(4) * (Math.Abs(gradient) + bound));
        return change + u * (Math.Abs(after) + change) + float.Epsilon;
    }

    private void Image(ReadOnlySpan<byte> x, byte label, int j)
    {
        var layers = shape.Layers;
        double[][] Z = new double[layers][], eZ = new double[layers][];
        double[][] A = new double[layers][], eA = new double[layers][];
        // Bytes are exact; 1/255 is counted in the product.
        double[] A0 = new double[x.Length], eA0 = new double[x.Length];
        Equations.Scale(x, A0);
        for (var l = 0; l < layers; l++)
        {
            var (below, eBelow) = l == 0 ? (A0, eA0) : (A[l - 1], eA[l - 1]);
            (Z[l], eZ[l]) = Affine(l, below, eBelow);
            (A[l], eA[l]) = (new double[Z[l].Length], new double[Z[l].Length]);
            if (l < layers - 1)
            {
                Equations.Activate(shape.Activation, Z[l], A[l]);
                BoundActivation(Z[l], eZ[l], A[l], eA[l]);
            }
        }

        Softmax(Z[^1], eZ[^1], A[^1], eA[^1], label);
        A[^1].CopyTo(AL, j * shape.Outputs);
        eA[^1].CopyTo(ALBounds, j * shape.Outputs);

        var dZ = (double[])A[^1].Clone();
        dZ[label] -= 1;
        var edZ = eA[^1].Select(e => e + u).ToArray();
        for (var l = layers - 1; l > 0; l--)
        {
            AddGradient(l, dZ, edZ, A[l - 1], eA[l - 1]);
            (dZ, edZ) = Backward(l, dZ, edZ, Z[l - 1], eZ[l - 1], A[l - 1], eA[l - 1]);
        }

        AddGradient(0, dZ, edZ, A0, eA0);
    }

    /// <summary>
    /// What A = softmax(Z) of one image may be off by, where the logits are off by at most δ. exp(z − max) is off
    /// by a relative ε = exp(2δ + 4u·|z − max|)·(1 + 2·ulps·u) − 1, so A by at most A·((1 + ε)/(1 −
    /// ε̄)·(1 + γ(n+2)) − 1), and never by more than 1.
    /// </summary>
    /// <param name="Z">[n] logits.</param>
    /// <param name="A">[n] their softmax.</param>
    /// <param name="delta">δ.</param>
    /// <param name="bound">[n] receives the bound.</param>
    /// <returns>ε̄, the mean of ε under A.</returns>
    public static double SoftmaxBound(ReadOnlySpan<double> Z, ReadOnlySpan<double> A, double delta, Span<double> bound)
    {
        var n = Z.Length;
        var max = double.NegativeInfinity;
        foreach (var z in Z)
        {
            max = z > max ? z : max;
        }

        var mean = 0.0;
        for (var i = 0; i < n; i++)
        {
            bound[i] = Math.Exp(2 * delta + 4 * u * (max - Z[i])) * (1 + 2 * ExpUlps * u) - 1;
            // An exponential that underflows has no relative error to speak of: its weight A is 0.
            mean += A[i] == 0 ? 0 : A[i] * bound[i];
        }

        for (var i = 0; i < n; i++)
        {
            var relative = mean < 1 ? (1 + bound[i]) / (1 - mean) * (1 + Gamma(n + 2)) - 1 : double.PositiveInfinity;
            bound[i] = A[i] == 0 ? (delta < 1 ? Underflow : 1) : Math.Min(1, A[i] * relative + Underflow);
        }

        return mean;
    }

    /// <summary>
    /// AL by <see cref="SoftmaxBound"/>. The loss ln Σ exp − (z[label] − max) moves by at most 2δ with the
    /// logits, and by its own roundings.
    /// </summary>
    private void Softmax(double[] Z, double[] eZ, double[] A, double[] eA, byte label)
    {
        var n = Z.Length;
        Equations.Softmax(Z, A, n, 1);
        var max = Z.Max();
        var delta = eZ.Max();
        var mean = SoftmaxBound(Z, A, delta, eA);
        var loss = Equations.Loss(Z, [label], n);
        MeanLoss += loss;
        MeanLossBound += 2 * delta + mean + Gamma(n + 2) + 8 * u * (1 + Math.Abs(loss) + (max - Z[label]));
        Hits += Equations.Hits(Z, [label], n);
        var order = Z.OrderDescending().Take(2).ToArray();
        HitsBound += n > 1 && order[0] - order[1] <= 2 * delta + 8 * u * Math.Abs(order[0]) ? 1 : 0;
    }

    private void Finish()
    {
        for (var l = 0; l < shape.Layers; l++)
        {
            foreach (var sums in (double[][])[Gradients.dW[l], Gradients.db[l], Bounds.dW[l], Bounds.db[l]])
            {
                Equations.Mean(sums, images);
            }
        }

        MeanLoss /= images;
        MeanLossBound = MeanLossBound / images + gamma(images) * MeanLoss;
    }
}
