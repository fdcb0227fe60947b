using MnistGpu.Gpu.Kernels;
using MnistGpu.Model;

namespace MnistGpu.Gpu;

/// <summary>What a step makes of dθ, as launches: clipping, then the optimizer, then the average. Waits for nothing.</summary>
internal sealed class ParameterUpdate(KernelLauncher kernels, NetworkBuffers net, WorkPlan plan)
{
    /// <summary>θ := θ − α·dθ, or what the rule has in its place.</summary>
    /// <param name="rule">How the parameters change.</param>
    /// <param name="step">The steps taken before this one.</param>
    public void Run(UpdateRule rule, long step)
    {
        if (rule.ClipNorm > 0)
        {
            Clip((float)rule.ClipNorm);
        }

        Optimize(rule);
        Average(rule, step);
    }

    /// <summary>dθ := dθ·min(1, c/‖dθ‖); the norm never leaves the device.</summary>
    private void Clip(float c)
    {
        var (squares, factor) = net.ReserveClipping();
        kernels.Launch(plan.SquareSums, new SquareSums(net.dTheta.View, squares, plan.ParameterCount, plan.SquareSums));
        kernels.Launch(1, new ClipFactor(squares, factor, plan.SquareSums, c));
        kernels.Launch(plan.ParameterCount, new ScaleGradients(net.dTheta.View, factor));
    }

    private void Optimize(UpdateRule rule)
    {
        var t = net.CountMomentStep(rule.Moments);
        var (theta, dTheta) = (net.Theta.View, net.dTheta.View);
        float alpha = (float)rule.Alpha, lambda = (float)rule.WeightDecay, beta1 = (float)rule.Beta1;
        if (lambda != 0 && rule.Optimizer != Optimizer.AdamW)
        {
            kernels.Launch(plan.ParameterCount, new AddDecay(theta, dTheta, lambda));
        }

        switch (rule.Optimizer)
        {
            case Optimizer.GradientDescent:
                kernels.Launch(plan.ParameterCount, new GradientDescent(theta, dTheta, alpha));
                break;
            case Optimizer.Momentum:
                kernels.Launch(plan.ParameterCount, new Momentum(theta, dTheta, net.Moments(0), alpha, beta1));
                break;
            default:
                var (c1, c2) = rule.BiasCorrection(t);
                var root = Math.Sqrt(c2);
                var decay = rule.Optimizer == Optimizer.AdamW ? (float)(rule.Alpha * rule.WeightDecay) : 0f;
                kernels.Launch(plan.ParameterCount, new Adam(
                    theta, dTheta, net.Moments(0), net.Moments(1), (float)(rule.Alpha * root / c1),
                    beta1, (float)(1 - rule.Beta1), (float)rule.Beta2, (float)(1 - rule.Beta2), (float)(rule.Epsilon * root), decay));
                break;
        }
    }

    /// <summary>θ̄ := dₜ·θ̄ + (1−dₜ)·θ; the first θ̄ is θ.</summary>
    private void Average(UpdateRule rule, long step)
    {
        if (rule.Averaging == 0)
        {
            net.DropAverage();
        }
        else if (net.Average is { } average)
        {
            kernels.Launch(plan.ParameterCount, new MovingAverage(average.View, net.Theta.View, (float)(1 - rule.AveragingAt(step))));
        }
        else
        {
            net.BeginAverage();
        }
    }
}
