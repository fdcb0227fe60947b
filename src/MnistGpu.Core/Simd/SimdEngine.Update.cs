using MnistGpu.Model;
using MnistGpu.Simd.Memory;

namespace MnistGpu.Simd;

/// <content>What the update remembers between steps: the moments and the average.</content>
internal sealed unsafe partial class SimdEngine<V, O>
{
    private void CountMomentStep(UpdateRule rule)
    {
        if (rule.Optimizer.Moments() is var kind && kind != momentKind)
        {
            BeginMoments(kind);
        }

        momentSteps++;
    }

    // How much of the parameters the average takes in this step: 1 where it begins, over zeros.
    private double BeginAverage(UpdateRule rule)
    {
        var begins = rule.Averaging > 0 && !averages;
        averages = rule.Averaging > 0;
        if (begins)
        {
            (average ??= AlignedBuffer.OfFloats(layout.Length)).Clear();
        }

        return begins ? 1 : 1 - rule.AveragingAt(step);
    }

    // Zeros, for the optimizer to fill.
    private void BeginMoments(MomentKind kind)
    {
        momentKind = kind;
        momentSteps = 0;
        for (var i = 0; i < kind.Count(); i++)
        {
            moments[i] ??= AlignedBuffer.OfFloats(layout.Length);
            moments[i]!.Clear();
        }
    }

    private float* Moments(int i) => i < momentKind.Count() ? moments[i]!.Floats : null;
}
