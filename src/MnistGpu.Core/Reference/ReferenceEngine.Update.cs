using MnistGpu.Model;

namespace MnistGpu.Reference;

/// <content>The end of a step: from the sums over the images to the parameters and their average.</content>
internal sealed partial class ReferenceEngine
{
    private void Mean(int m)
    {
        for (var l = 0; l < Shape.Layers; l++)
        {
            Equations.Mean(gradients.dW[l], m);
            Equations.Mean(gradients.db[l], m);
        }
    }

    private void Finish(int m, UpdateRule rule)
    {
        Mean(m);
        if (rule.ClipNorm > 0)
        {
            Clip(rule.ClipNorm);
        }

        CountMomentStep(rule);
        var (first, second, t) = (state.Moments?.First, state.Moments?.Second, state.Moments?.Steps ?? 0);
        for (var l = 0; l < Shape.Layers; l++)
        {
            Equations.Optimize(rule, state.W[l], gradients.dW[l], first?.dW[l], second?.dW[l], t);
            Equations.Optimize(rule, state.b[l], gradients.db[l], first?.db[l], second?.db[l], t);
        }

        Average(rule);
        state.Step++;
    }

    private void CountMomentStep(UpdateRule rule)
    {
        var kind = rule.Optimizer.Moments();
        if (kind == MomentKind.None)
        {
            state.Moments = null;
        }
        else
        {
            state.Moments = state.Moments?.Kind == kind ? state.Moments : new Moments(Shape, kind);
            state.Moments.Steps++;
        }
    }

    private void Clip(double c)
    {
        var norm = 0.0;
        for (var l = 0; l < Shape.Layers; l++)
        {
            norm += Equations.SquaredNorm(gradients.dW[l]) + Equations.SquaredNorm(gradients.db[l]);
        }

        norm = Math.Sqrt(norm);
        for (var l = 0; l < Shape.Layers; l++)
        {
            Equations.Clip(gradients.dW[l], norm, c);
            Equations.Clip(gradients.db[l], norm, c);
        }
    }

    private void Average(UpdateRule rule)
    {
        if (rule.Averaging == 0)
        {
            state.Average = null;
            return;
        }

        var d = state.Average is null ? 0 : rule.AveragingAt(state.Step);
        state.Average ??= new NetworkState(Shape);
        for (var l = 0; l < Shape.Layers; l++)
        {
            Equations.Average(state.Average.W[l], state.W[l], d);
            Equations.Average(state.Average.b[l], state.b[l], d);
        }
    }
}
