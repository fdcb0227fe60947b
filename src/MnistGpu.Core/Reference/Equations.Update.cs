using MnistGpu.Model;

namespace MnistGpu.Reference;

/// <content>What a step makes of the gradients: clipping, decay, the optimizers, the average.</content>
internal static partial class Equations
{
    /// <summary>Σ g², one tensor's part of ‖g‖².</summary>
    public static double SquaredNorm(ReadOnlySpan<double> g)
    {
        var sum = 0.0;
        foreach (var value in g)
        {
            sum += value * value;
        }

        return sum;
    }

    /// <summary>
    /// g := g·min(1, c/‖g‖), ‖g‖ the norm over all parameters together: see <see cref="UpdateRule.ClipNorm"/>.
    /// </summary>
    public static void Clip(Span<double> g, double norm, double c)
    {
        var factor = Math.Min(1, c / norm);
        for (var i = 0; i < g.Length; i++)
        {
            g[i] *= factor;
        }
    }

    /// <summary>
    /// What a step makes of one tensor and its gradient, the decay included: see <see cref="Optimizer"/> and
    /// <see cref="UpdateRule"/>.
    /// </summary>
    /// <param name="rule">The optimizer and its constants.</param>
    /// <param name="W">The parameters.</param>
    /// <param name="dW">Their gradient; the decay may be added to it.</param>
    /// <param name="first">The first moment, as long as W; empty where the optimizer has none.</param>
    /// <param name="second">The second moment; empty where the optimizer has none.</param>
    /// <param name="t">Steps that have touched the moments, this one included.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such optimizer.</exception>
    public static void Optimize(
        in UpdateRule rule, Span<double> W, Span<double> dW, Span<double> first, Span<double> second, long t)
    {
        if (rule.Optimizer != Optimizer.AdamW)
        {
            AddDecay(W, dW, rule.WeightDecay);
        }

        switch (rule.Optimizer)
        {
            case Optimizer.GradientDescent:
                Update(W, dW, rule.Alpha);
                break;
            case Optimizer.Momentum:
                Momentum(W, dW, first, rule.Alpha, rule.Beta1);
                break;
            case Optimizer.Nesterov:
                Nesterov(W, dW, first, rule.Alpha, rule.Beta1);
                break;
            case Optimizer.RMSprop:
                RMSprop(W, dW, first, rule);
                break;
            case Optimizer.Adam:
                Adam(W, dW, first, second, rule, t, 0);
                break;
            case Optimizer.AdamW:
                Adam(W, dW, first, second, rule, t, rule.WeightDecay);
                break;
            default:
                throw new ArgumentOutOfRangeException(
                    nameof(rule), rule.Optimizer, "The reference has no such optimizer.");
        }
    }

    /// <summary>g := g + λ·W: weight decay as part of the gradient.</summary>
    public static void AddDecay(ReadOnlySpan<double> W, Span<double> dW, double lambda)
    {
        for (var i = 0; i < W.Length; i++)
        {
            dW[i] += lambda * W[i];
        }
    }

    /// <summary>v := β₁·v + g and W := W − α·v: momentum.</summary>
    public static void Momentum(Span<double> W, ReadOnlySpan<double> dW, Span<double> v, double alpha, double beta1)
    {
        for (var i = 0; i < W.Length; i++)
        {
            v[i] = beta1 * v[i] + dW[i];
            W[i] -= alpha * v[i];
        }
    }

    /// <summary>v := β₁·v + g and W := W − α·(g + β₁·v): Nesterov's momentum.</summary>
    public static void Nesterov(Span<double> W, ReadOnlySpan<double> dW, Span<double> v, double alpha, double beta1)
    {
        for (var i = 0; i < W.Length; i++)
        {
            v[i] = beta1 * v[i] + dW[i];
            W[i] -= alpha * (dW[i] + beta1 * v[i]);
        }
    }

    /// <summary>v := β₂·v + (1−β₂)·g² and W := W − α·g / (√v + ε): RMSprop.</summary>
    public static void RMSprop(Span<double> W, ReadOnlySpan<double> dW, Span<double> v, in UpdateRule rule)
    {
        for (var i = 0; i < W.Length; i++)
        {
            v[i] = rule.Beta2 * v[i] + (1 - rule.Beta2) * dW[i] * dW[i];
            W[i] -= rule.Alpha * dW[i] / (Math.Sqrt(v[i]) + rule.Epsilon);
        }
    }

    /// <summary>
    /// Adam with decoupled decay λ (0 for plain Adam): W := W − α·λ·W, m := β₁·m + (1−β₁)·g, v := β₂·v + (1−β₂)·g²,
    /// W := W − α·(m/c₁) / (√(v/c₂) + ε), c₁ = 1 − β₁ᵗ and c₂ = 1 − β₂ᵗ.
    /// </summary>
    public static void Adam(Span<double> W, ReadOnlySpan<double> dW, Span<double> m, Span<double> v, in UpdateRule rule,
        long t, double lambda)
    {
        var (c1, c2) = rule.BiasCorrection(t);
        for (var i = 0; i < W.Length; i++)
        {
            W[i] -= rule.Alpha * lambda * W[i];
            m[i] = rule.Beta1 * m[i] + (1 - rule.Beta1) * dW[i];
            v[i] = rule.Beta2 * v[i] + (1 - rule.Beta2) * dW[i] * dW[i];
            W[i] -= rule.Alpha * (m[i] / c1) / (Math.Sqrt(v[i] / c2) + rule.Epsilon);
        }
    }

    /// <summary>W := W − α·dW, and the same for b.</summary>
    public static void Update(Span<double> W, ReadOnlySpan<double> dW, double alpha)
    {
        for (var i = 0; i < W.Length; i++)
        {
            W[i] -= alpha * dW[i];
        }
    }

    /// <summary>θ̄ := d·θ̄ + (1 − d)·θ: see <see cref="UpdateRule.Averaging"/>.</summary>
    public static void Average(Span<double> average, ReadOnlySpan<double> W, double d)
    {
        for (var i = 0; i < W.Length; i++)
        {
            average[i] = d * average[i] + (1 - d) * W[i];
        }
    }
}
