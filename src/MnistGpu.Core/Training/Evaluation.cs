using MnistGpu.Data;
using MnistGpu.Model;

namespace MnistGpu.Training;

/// <summary>What a network makes of a set of images.</summary>
public sealed class Evaluation
{
    private Evaluation(Totals totals, byte[] predicted, float[] confidence, int[,] confusion)
    {
        Totals = totals;
        Predicted = predicted;
        Confidence = confidence;
        Confusion = confusion;
    }

    /// <summary>Loss and hits over the set.</summary>
    public Totals Totals { get; }

    /// <summary>The digit of the largest output for each image; the lowest digit wins a tie.</summary>
    public byte[] Predicted { get; }

    /// <summary>That output for each image, 0 to 1.</summary>
    public float[] Confidence { get; }

    /// <summary>How many images of digit [row] were called [column].</summary>
    public int[,] Confusion { get; }

    /// <summary>Runs the network over the whole set.</summary>
    public static Evaluation Of(INetworkEngine engine, DigitSet set)
    {
        const int Classes = DigitSet.Classes;
        var totals = engine.Evaluate(set.X.Span, set.Labels.Span);
        var AL = new double[set.Count * Classes];
        engine.Predict(set.X.Span, AL);
        var predicted = new byte[set.Count];
        var confidence = new float[set.Count];
        var confusion = new int[Classes, Classes];
        for (var j = 0; j < set.Count; j++)
        {
            var a = AL.AsSpan(j * Classes, Classes);
            var best = Best(a);
            predicted[j] = (byte)best;
            confidence[j] = (float)a[best];
            confusion[set.Labels.Span[j], best]++;
        }

        return new Evaluation(totals, predicted, confidence, confusion);
    }

    /// <summary>The index of the largest; the lowest wins a tie.</summary>
    public static int Best(ReadOnlySpan<double> a)
    {
        var best = 0;
        for (var i = 1; i < a.Length; i++)
        {
            best = a[i] > a[best] ? i : best;
        }

        return best;
    }
}
