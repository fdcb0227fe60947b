using System.Runtime.CompilerServices;
using MnistGpu.Model;
using MnistGpu.Simd.Vectors;

namespace MnistGpu.Simd.Kernels;

/// <summary>
/// The update of a step, on ranges of the parameter buffer. dW comes as sums over images: 1/m, and for W1 also 1/255,
/// is one factor that makes it the gradient. The equations are <see cref="Optimizer"/>'s.
/// </summary>
internal readonly unsafe struct Update
{
    private readonly UpdateRule rule;
    private readonly double scale;
    private readonly float* parameters;
    private readonly float* m;
    private readonly float* v;
    private readonly long t;
    private readonly float* average;
    private readonly float averageShare;

    private Update(
        UpdateRule rule, double scale, float* parameters, float* m, float* v, long t, float* average,
        float averageShare)
    {
        this.rule = rule;
        this.scale = scale;
        this.parameters = parameters;
        this.m = m;
        this.v = v;
        this.t = t;
        this.average = average;
        this.averageShare = averageShare;
    }

    /// <summary>The update for a batch.</summary>
    /// <param name="rule">How the parameters change.</param>
    /// <param name="count">m, the number of images in the batch.</param>
    /// <param name="parameters">The whole parameter buffer.</param>
    /// <param name="m">The first moments in the same layout; null where the rule needs none.</param>
    /// <param name="v">The second moments in the same layout; null where the rule needs none.</param>
    /// <param name="t">Steps that have touched the moments, this one included.</param>
    /// <param name="average">θ̄ in the same layout; null where none is kept.</param>
    /// <param name="averageShare">1 − dₜ: how much of the parameters the average takes; 1 where it begins, over
    /// zeros.</param>
    public static Update Create(UpdateRule rule, int count, float* parameters, float* m, float* v, long t,
        float* average,
        double averageShare) =>
        new(rule, 1.0 / count, parameters, m, v, t, average, (float)averageShare);

    /// <summary>What makes a sum over images the gradient: 1/m, for W1 also 1/255.</summary>
    public double Scale(bool isFirst) => isFirst ? scale / 255 : scale;

    /// <summary>The same update of the gradients times a factor.</summary>
    public Update Clipped(double factor) => new(rule, scale * factor, parameters, m, v, t, average, averageShare);

    /// <summary>Updates <paramref name="length"/> parameters, a multiple of 16, from their sums.</summary>
    /// <param name="W">Where they begin in the parameter buffer.</param>
    /// <param name="sums">Their sums over the images.</param>
    /// <param name="length">How many.</param>
    /// <param name="isFirst">Whether they are W1's, whose sums are of bytes.</param>
    public void Apply<V, O>(float* W, float* sums, long length, bool isFirst)
        where V : struct
        where O : struct, IVectorOps<V>
    {
        var scale = Scale(isFirst);
        var at = W - parameters;
        switch (rule.Optimizer)
        {
            case Optimizer.GradientDescent when rule.WeightDecay == 0:
                Descend<V, O>(W, sums, length, (float)(rule.Alpha * scale));
                break;
            case Optimizer.GradientDescent:
                DescendAndDecay<V, O>(W, sums, length, (float)scale);
                break;
            case Optimizer.Momentum:
                Momentum<V, O>(W, sums, m + at, length, (float)scale);
                break;
            case Optimizer.Nesterov:
                Nesterov<V, O>(W, sums, m + at, length, (float)scale);
                break;
            case Optimizer.RMSprop:
                RMSprop<V, O>(W, sums, m + at, length, (float)scale);
                break;
            case Optimizer.Adam or Optimizer.AdamW:
                Adam<V, O>(W, sums, m + at, v + at, length, (float)scale);
                break;
            default:
                throw new NotSupportedException($"The SIMD engine has no optimizer {rule.Optimizer}.");
        }

        if (average != null)
        {
            Average<V, O>(average + at, W, length, averageShare);
        }
    }

    /// <summary>W := W − factor·sums, <paramref name="length"/> a multiple of 16.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Descend<V, O>(float* W, float* sums, long length, float factor)
        where V : struct
        where O : struct, IVectorOps<V>
    {
        var f = O.Broadcast(-factor);
        for (long i = 0; i < length; i += O.Count)
        {
            O.Store(W + i, O.MultiplyAdd(f, O.Load(sums + i), O.Load(W + i)));
        }
    }

    /// <summary>The average's share of a step, without the optimizer's: θ̄ moves towards the present θ.</summary>
    /// <param name="average">Where it begins in θ̄.</param>
    /// <param name="W">Where it begins in θ.</param>
    /// <param name="length">How many, a multiple of 16.</param>
    /// <param name="share">1 − d.</param>
    // θ̄ := θ̄ + (1 − d)·(θ − θ̄): d·θ̄ + (1 − d)·θ would drift, because d and 1 − d as floats do not add up to 1.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Average<V, O>(float* average, float* W, long length, float share)
        where V : struct
        where O : struct, IVectorOps<V>
    {
        var r = O.Broadcast(share);
        for (long i = 0; i < length; i += O.Count)
        {
            var before = O.Load(average + i);
            O.Store(average + i, O.MultiplyAdd(r, O.Subtract(O.Load(W + i), before), before));
        }
    }

    // g := scale·sums + λ·W; W := W − α·g.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void DescendAndDecay<V, O>(float* W, float* sums, long length, float scale)
        where V : struct
        where O : struct, IVectorOps<V>
    {
        V s = O.Broadcast(scale), lambda = O.Broadcast((float)rule.WeightDecay);
        var alpha = O.Broadcast(-(float)rule.Alpha);
        for (long i = 0; i < length; i += O.Count)
        {
            var w = O.Load(W + i);
            var g = O.MultiplyAdd(lambda, w, O.Multiply(s, O.Load(sums + i)));
            O.Store(W + i, O.MultiplyAdd(alpha, g, w));
        }
    }

    // g := scale·sums + λ·W; v := β₁·v + g; W := W − α·v.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Momentum<V, O>(float* W, float* sums, float* velocity, long length, float scale)
        where V : struct
        where O : struct, IVectorOps<V>
    {
        V s = O.Broadcast(scale), lambda = O.Broadcast((float)rule.WeightDecay);
        V beta = O.Broadcast((float)rule.Beta1), alpha = O.Broadcast(-(float)rule.Alpha);
        for (long i = 0; i < length; i += O.Count)
        {
            var w = O.Load(W + i);
            var g = O.MultiplyAdd(lambda, w, O.Multiply(s, O.Load(sums + i)));
            var v = O.MultiplyAdd(beta, O.Load(velocity + i), g);
            O.Store(velocity + i, v);
            O.Store(W + i, O.MultiplyAdd(alpha, v, w));
        }
    }

    // g := scale·sums + λ·W; v := β₁·v + g; W := W − α·(g + β₁·v).
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Nesterov<V, O>(float* W, float* sums, float* velocity, long length, float scale)
        where V : struct
        where O : struct, IVectorOps<V>
    {
        V s = O.Broadcast(scale), lambda = O.Broadcast((float)rule.WeightDecay);
        V beta = O.Broadcast((float)rule.Beta1), alpha = O.Broadcast(-(float)rule.Alpha);
        for (long i = 0; i < length; i += O.Count)
        {
            var w = O.Load(W + i);
            var g = O.MultiplyAdd(lambda, w, O.Multiply(s, O.Load(sums + i)));
            var v = O.MultiplyAdd(beta, O.Load(velocity + i), g);
            O.Store(velocity + i, v);
            O.Store(W + i, O.MultiplyAdd(alpha, O.MultiplyAdd(beta, v, g), w));
        }
    }

    // g := scale·sums + λ·W; v := β₂·v + (1 − β₂)·g²; W := W − α·g / (√v + ε).
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void RMSprop<V, O>(float* W, float* sums, float* squares, long length, float scale)
        where V : struct
        where O : struct, IVectorOps<V>
    {
        V s = O.Broadcast(scale), lambda = O.Broadcast((float)rule.WeightDecay);
        V beta2 = O.Broadcast((float)rule.Beta2), rest2 = O.Broadcast((float)(1 - rule.Beta2));
        V alpha = O.Broadcast((float)rule.Alpha), epsilon = O.Broadcast((float)rule.Epsilon);
        for (long i = 0; i < length; i += O.Count)
        {
            var w = O.Load(W + i);
            var g = O.MultiplyAdd(lambda, w, O.Multiply(s, O.Load(sums + i)));
            var square = O.MultiplyAdd(beta2, O.Load(squares + i), O.Multiply(rest2, O.Multiply(g, g)));
            O.Store(squares + i, square);
            O.Store(W + i, O.Subtract(w, O.Divide(O.Multiply(alpha, g), O.Add(O.Sqrt(square), epsilon))));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Adam<V, O>(float* W, float* sums, float* first, float* second, long length, float scale)
        where V : struct
        where O : struct, IVectorOps<V>
    {
        var decoupled = rule.Optimizer == Optimizer.AdamW;
        var (c1, c2) = rule.BiasCorrection(t);
        V s = O.Broadcast(scale), lambda = O.Broadcast(decoupled ? 0 : (float)rule.WeightDecay),
            decay = O.Broadcast(decoupled ? (float)(rule.Alpha * rule.WeightDecay) : 0);
        V beta1 = O.Broadcast((float)rule.Beta1), oneMinusBeta1 = O.Broadcast((float)(1 - rule.Beta1));
        V beta2 = O.Broadcast((float)rule.Beta2), oneMinusBeta2 = O.Broadcast((float)(1 - rule.Beta2));
        // α·(m/c₁) / (√(v/c₂) + ε) with the corrections drawn into the constants: one division and one root per
        // parameter.
        V alpha = O.Broadcast((float)(rule.Alpha * Math.Sqrt(c2) / c1)),
            epsilon = O.Broadcast((float)(rule.Epsilon * Math.Sqrt(c2)));
        for (long i = 0; i < length; i += O.Count)
        {
            var w = O.Load(W + i);
            var g = O.MultiplyAdd(lambda, w, O.Multiply(s, O.Load(sums + i)));
            var mean = O.MultiplyAdd(beta1, O.Load(first + i), O.Multiply(oneMinusBeta1, g));
            var square = O.MultiplyAdd(beta2, O.Load(second + i), O.Multiply(oneMinusBeta2, O.Multiply(g, g)));
            O.Store(first + i, mean);
            O.Store(second + i, square);
            var step = O.Divide(O.Multiply(alpha, mean), O.Add(O.Sqrt(square), epsilon));
            // Not (1 − α·λ)·W: a float next to 1 has room for few decays.
            O.Store(W + i, O.Subtract(w, O.MultiplyAdd(decay, w, step)));
        }
    }
}
