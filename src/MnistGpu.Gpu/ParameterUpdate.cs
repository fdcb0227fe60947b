using ILGPU;
using MnistGpu.Gpu.Kernels;
using MnistGpu.Gpu.Kernels.Fused;
using MnistGpu.Gpu.Memory;
using MnistGpu.Model;

namespace MnistGpu.Gpu;

/// <summary>
/// What a step makes of dθ, as launches: clipping, then the optimizer, then the average. Waits for nothing.
/// </summary>
internal sealed class ParameterUpdate(KernelLauncher kernels, NetworkBuffers net, WorkPlan plan, Fusion? fusion)
{
    /// <summary>θ := θ − α·dθ, or what the rule has in its place.</summary>
    /// <param name="rule">How the parameters change.</param>
    /// <param name="step">The steps taken before this one.</param>
    /// <param name="slices">What dθ is the sum of; null where it is complete.</param>
    public void Run(UpdateRule rule, long step, SliceSums? slices)
    {
        if (rule.ClipNorm > 0)
        {
            // The norm needs all of dθ before any of it is used.
            Keep(slices, net.dTheta.View);
            slices = null;
            Clip((float)rule.ClipNorm);
        }

        Optimize(rule, slices, 0, plan.ParameterCount);
        Average(rule, step);
    }

    /// <summary>θ from dθ by the optimizer alone, some of both.</summary>
    public void Optimize(UpdateRule rule, int at, int count) => Optimize(rule, null, at, count);

    /// <summary>The gradients' sums from their slices, without an update.</summary>
    public void Keep(SliceSums? slices, ArrayView<float> dTheta)
    {
        if (slices is { } sums)
        {
            fusion!.SumAndUpdate(sums, net.Theta.View, 0, new KeepGradients(dTheta));
        }
    }

    /// <summary>dθ := dθ·min(1, c/‖dθ‖); the norm never leaves the device.</summary>
    private void Clip(float c)
    {
        var (squares, factor) = net.ReserveClipping();
        kernels.Launch(plan.SquareSums, new SquareSums(net.dTheta.View, squares, plan.ParameterCount, plan.SquareSums));
        kernels.Launch(1, new ClipFactor(squares, factor, plan.SquareSums, c));
        kernels.Launch(plan.ParameterCount, new ScaleGradients(net.dTheta.View, factor));
    }

    private void Optimize(UpdateRule rule, SliceSums? slices, int at, int count)
    {
        var t = net.CountMomentStep(rule.Optimizer.Moments());
        if (count == 0)
        {
            return;
        }

        var (theta, dTheta) = (net.Theta.View.SubView(at, count), net.dTheta.View.SubView(at, count));
        float alpha = (float)rule.Alpha, beta1 = (float)rule.Beta1;
        var lambda = rule.Optimizer == Optimizer.AdamW ? 0f : (float)rule.WeightDecay;

        switch (rule.Optimizer)
        {
            case Optimizer.GradientDescent:
                Apply(new GradientDescent(theta, dTheta, alpha), lambda, slices, theta, dTheta);
                break;
            case Optimizer.Momentum:
                Apply(new Momentum(theta, dTheta, Moment(0), alpha, beta1), lambda, slices, theta, dTheta);
                break;
            case Optimizer.Nesterov:
                Apply(new Nesterov(theta, dTheta, Moment(0), alpha, beta1), lambda, slices, theta, dTheta);
                break;
            case Optimizer.RMSprop:
                Apply(
                    new RMSprop(
                        theta, dTheta, Moment(0), alpha, (float)rule.Beta2, (float)(1 - rule.Beta2),
                        (float)rule.Epsilon),
                    lambda, slices, theta, dTheta);
                break;
            case Optimizer.Adam or Optimizer.AdamW:
                var (c1, c2) = rule.BiasCorrection(t);
                var root = Math.Sqrt(c2);
                var decay = rule.Optimizer == Optimizer.AdamW ? (float)(rule.Alpha * rule.WeightDecay) : 0f;
                Apply(new Adam(
                    theta, dTheta, Moment(0), Moment(1), (float)(rule.Alpha * root / c1),
                    beta1, (float)(1 - rule.Beta1), (float)rule.Beta2, (float)(1 - rule.Beta2),
                        (float)(rule.Epsilon * root), decay), lambda, slices, theta, dTheta);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(rule), rule.Optimizer, "No kernel has such an optimizer.");
        }

        ArrayView<float> Moment(int i) => net.Moments(i).SubView(at, count);
    }

    private void Apply<TUpdate>(
        TUpdate update, float lambda, SliceSums? slices, ArrayView<float> theta, ArrayView<float> dTheta)
        where TUpdate : struct, IKernel, IUpdate
    {
        if (slices is { } sums)
        {
            fusion!.SumAndUpdate(sums, theta, lambda, update);
            return;
        }

        if (lambda != 0)
        {
            kernels.Launch(theta.IntLength, new AddDecay(theta, dTheta, lambda));
        }

        kernels.Launch(theta.IntLength, update);
    }

    /// <summary>θ̄ := dₜ·θ̄ + (1−dₜ)·θ; the first θ̄ is θ.</summary>
    public void Average(UpdateRule rule, long step)
    {
        if (rule.Averaging == 0)
        {
            net.DropAverage();
        }
        else if (net.Average is { } average)
        {
            kernels.Launch(plan.ParameterCount,
                new MovingAverage(average.View, net.Theta.View, (float)(1 - rule.AveragingAt(step))));
        }
        else
        {
            net.BeginAverage();
        }
    }
}
