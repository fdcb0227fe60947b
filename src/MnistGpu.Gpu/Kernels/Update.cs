using ILGPU;
using ILGPU.Algorithms;

namespace MnistGpu.Gpu.Kernels;

/// <summary>What becomes of a parameter once its gradient is known.</summary>
internal interface IUpdate
{
    /// <summary>What the update of so many parameters has to do, their gradients read from memory.</summary>
    KernelCost Cost(int threads);

    /// <summary>Updates parameter <paramref name="p"/> by its gradient.</summary>
    void Apply(int p, float g);
}

/// <summary>The gradient is kept: dTheta[p] = g.</summary>
internal readonly struct KeepGradients(ArrayView<float> dTheta) : IUpdate
{
    /// <inheritdoc/>
    public KernelCost Cost(int threads) => new(8.0 * threads, 0);

    /// <inheritdoc/>
    public void Apply(int p, float g) => dTheta[p] = g;
}

/// <summary>
/// θ := θ − α·dθ: theta[p] −= alpha·dTheta[p], for every element of every Wl and bl at once. One parameter per thread.
/// </summary>
internal readonly struct GradientDescent(ArrayView<float> theta, ArrayView<float> dTheta, float alpha)
    : IKernel, IUpdate
{
    /// <inheritdoc/>
    public KernelCost Cost(int threads) => new(12.0 * threads, 2.0 * threads);

    /// <inheritdoc cref="IKernel.Execute"/>
    public void Execute(Index1D p) => Apply(p, dTheta[p]);

    /// <inheritdoc/>
    public void Apply(int p, float g) => theta[p] -= alpha * g;
}

/// <summary>dθ := dθ + λ·θ: weight decay as part of the gradient. One parameter per thread.</summary>
internal readonly struct AddDecay(ArrayView<float> theta, ArrayView<float> dTheta, float lambda) : IKernel
{
    /// <inheritdoc/>
    public KernelCost Cost(int threads) => new(12.0 * threads, 2.0 * threads);

    /// <inheritdoc/>
    public void Execute(Index1D p) => dTheta[p] += lambda * theta[p];
}

/// <summary>v := β₁·v + dθ, θ := θ − α·v: momentum. One parameter per thread.</summary>
internal readonly struct Momentum(ArrayView<float> theta, ArrayView<float> dTheta, ArrayView<float> v, float alpha,
    float beta1) : IKernel, IUpdate
{
    /// <inheritdoc/>
    public KernelCost Cost(int threads) => new(20.0 * threads, 4.0 * threads);

    /// <inheritdoc cref="IKernel.Execute"/>
    public void Execute(Index1D p) => Apply(p, dTheta[p]);

    /// <inheritdoc/>
    public void Apply(int p, float g)
    {
        var next = beta1 * v[p] + g;
        v[p] = next;
        theta[p] -= alpha * next;
    }
}

/// <summary>v := β₁·v + dθ, θ := θ − α·(dθ + β₁·v): Nesterov's momentum. One parameter per thread.</summary>
internal readonly struct Nesterov(
    ArrayView<float> theta, ArrayView<float> dTheta, ArrayView<float> v, float alpha, float beta1) : IKernel, IUpdate
{
    /// <inheritdoc/>
    public KernelCost Cost(int threads) => new(20.0 * threads, 6.0 * threads);

    /// <inheritdoc cref="IKernel.Execute"/>
    public void Execute(Index1D p) => Apply(p, dTheta[p]);

    /// <inheritdoc/>
    public void Apply(int p, float g)
    {
        var next = beta1 * v[p] + g;
        v[p] = next;
        theta[p] -= alpha * (g + beta1 * next);
    }
}

/// <summary>
/// v := β₂·v + (1−β₂)·dθ², θ := θ − α·dθ/(√v + ε): RMSprop. <paramref name="rest2"/> is 1−β₂, rounded once. One
/// parameter
/// per thread.
/// </summary>
internal readonly struct RMSprop(
    ArrayView<float> theta, ArrayView<float> dTheta, ArrayView<float> v,
    float alpha, float beta2, float rest2, float epsilon) : IKernel, IUpdate
{
    /// <inheritdoc/>
    public KernelCost Cost(int threads) => new(20.0 * threads, 9.0 * threads);

    /// <inheritdoc cref="IKernel.Execute"/>
    public void Execute(Index1D p) => Apply(p, dTheta[p]);

    /// <inheritdoc/>
    public void Apply(int p, float g)
    {
        var square = beta2 * v[p] + rest2 * (g * g);
        v[p] = square;
        theta[p] -= alpha * g / (XMath.Sqrt(square) + epsilon);
    }
}

/// <summary>
/// m := β₁·m + (1−β₁)·dθ, v := β₂·v + (1−β₂)·dθ², θ := θ − (decay·θ + α·m/(√v + ε)): Adam. <paramref name="alpha"/> and
/// <paramref name="epsilon"/> come with the corrections of the moments in them, α·√(1−β₂ᵗ)/(1−β₁ᵗ) and ε·√(1−β₂ᵗ),
/// which is the same;
/// <paramref name="decay"/> is α·λ for AdamW, else 0; <paramref name="rest1"/> and <paramref name="rest2"/> are 1−β₁
/// and 1−β₂,
/// rounded once. One parameter per thread.
/// </summary>
internal readonly struct Adam(
    ArrayView<float> theta, ArrayView<float> dTheta, ArrayView<float> m, ArrayView<float> v,
    float alpha, float beta1, float rest1, float beta2, float rest2, float epsilon, float decay) : IKernel, IUpdate
{
    /// <inheritdoc/>
    public KernelCost Cost(int threads) => new(28.0 * threads, 14.0 * threads);

    /// <inheritdoc cref="IKernel.Execute"/>
    public void Execute(Index1D p) => Apply(p, dTheta[p]);

    /// <inheritdoc/>
    public void Apply(int p, float g)
    {
        var mean = beta1 * m[p] + rest1 * g;
        var square = beta2 * v[p] + rest2 * (g * g);
        m[p] = mean;
        v[p] = square;
        theta[p] -= decay * theta[p] + alpha * mean / (XMath.Sqrt(square) + epsilon);
    }
}

/// <summary>
/// θ̄ := d·θ̄ + (1−d)·θ, the moving average, as θ̄ + (1−d)·(θ − θ̄): rounding d and 1 − d each by itself would make the
/// average of a constant
/// drift from it. <paramref name="rest"/> is 1−d, rounded once. One parameter per thread.
/// </summary>
internal readonly struct MovingAverage(ArrayView<float> average, ArrayView<float> theta, float rest) : IKernel
{
    /// <inheritdoc/>
    public KernelCost Cost(int threads) => new(12.0 * threads, 3.0 * threads);

    /// <inheritdoc/>
    public void Execute(Index1D p) => average[p] += rest * (theta[p] - average[p]);
}
