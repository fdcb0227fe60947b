namespace MnistGpu.Model;

/// <summary>
/// How a step changes the parameters. λ, the weight decay, acts on weights and biases alike, as PyTorch's does:
/// decoupled in AdamW, elsewhere as part of the gradient, g := g + λ·θ.
/// </summary>
internal readonly record struct UpdateRule
{
    /// <summary>A rule with the usual constants: β₁ 0.9, β₂ 0.999 (RMSprop's 0.99), ε 1e-8, λ 0.</summary>
    /// <param name="alpha">α, the learning rate: finite and above 0, as a float32 too, which is what most engines
    /// compute with.</param>
    /// <param name="optimizer">What a step makes of the gradients.</param>
    /// <exception cref="UserErrorException">This learning rate cannot train.</exception>
    public UpdateRule(double alpha, Optimizer optimizer = Optimizer.GradientDescent)
    {
        Alpha = float.IsFinite((float)alpha) && (float)alpha > 0
            ? alpha
            : throw new UserErrorException("This learning rate cannot train", where: "TrainingOptions.Rate",
                expected: "a finite number above 0, not too small or large for float32", found: $"{alpha}",
                todo: "try 0.1");
        Optimizer = optimizer;
        Beta2 = optimizer.DefaultBeta2();
    }

    /// <summary>α, the learning rate.</summary>
    public double Alpha { get; private init; }

    /// <summary>What a step makes of the gradients.</summary>
    public Optimizer Optimizer { get; }

    /// <summary>β₁: how much of the first moment stays, 0 to below 1.</summary>
    public double Beta1 { get; init => field = Share(value); } = 0.9;

    /// <summary>β₂: how much of the second moment stays, 0 to below 1.</summary>
    public double Beta2 { get; init => field = Share(value); }

    /// <summary>ε, added to the root of the second moment.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>λ, the weight decay, 0 to below 1; 0 for none.</summary>
    public double WeightDecay { get; init => field = Share(value); }

    /// <summary>
    /// c, the greatest norm of the gradients; 0 for any. g := g·min(1, c/‖g‖), ‖g‖ the Euclidean norm over all
    /// parameters together, before any decay: Pascanu, Mikolov and Bengio 2013, arXiv 1211.5063, algorithm 1.
    /// </summary>
    public double ClipNorm
    {
        get;
        init => field = value >= 0 && double.IsFinite(value)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(ClipNorm), value,
                "The greatest norm is a finite number from 0 on.");
    }

    /// <summary>
    /// d, how much of the parameters' moving average stays at a step, 0 to below 1; 0 for no average.
    /// θ̄ := dₜ·θ̄ + (1−dₜ)·θ after the update, see <see cref="AveragingAt"/>: Polyak and Juditsky 1992,
    /// with the exponential weights that Szegedy et al. 2016, arXiv 1512.00567, section 8, use.
    /// </summary>
    public double Averaging { get; init => field = Share(value); }

    /// <summary>
    /// dₜ = min(d, (1 + t)/(10 + t)), t the steps taken before this one: an average that forgets the start sooner
    /// while it is young, as TensorFlow's ExponentialMovingAverage does.
    /// </summary>
    public double AveragingAt(long t) => Math.Min(Averaging, (1.0 + t) / (10 + t));

    /// <summary>
    /// The same rule with a share of its learning rate, above 0 and at most 1; never less than the smallest rate that a
    /// float32 can train with.
    /// </summary>
    public UpdateRule Scaled(double share) => this with { Alpha = Math.Max(Alpha * share, float.Epsilon) };

    /// <summary>How many moments the optimizer keeps: 0, 1 or 2.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such optimizer.</exception>
    public int Moments => Optimizer.Moments().Count();

    private static double Share(double value) => value is >= 0 and < 1
        ? value
        : throw new ArgumentOutOfRangeException(nameof(value), value, "β₁, β₂, λ and d are from 0 to below 1.");

    /// <summary>1 − β₁ᵗ and 1 − β₂ᵗ: Adam's corrections of moments that began at zero.</summary>
    public (double First, double Second) BiasCorrection(long t) => (1 - Math.Pow(Beta1, t), 1 - Math.Pow(Beta2, t));
}
