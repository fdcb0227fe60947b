using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using MnistGpu.Data;
using MnistGpu.Model;
using MnistGpu.Ranks;

namespace MnistGpu.Training;

/// <summary>What a network makes of a set of images.</summary>
internal sealed class Evaluation
{
    // Small enough that a slow engine notices a cancellation within seconds, large enough to keep a fast one busy.
    private const int ChunkImages = 4096;

    private Evaluation(byte[] predicted, float[] confidence, int[,] confusion, double loss)
    {
        Predicted = predicted;
        Confidence = confidence;
        Confusion = confusion;
        var hits = Enumerable.Range(0, confusion.GetLength(0)).Sum(label => confusion[label, label]);
        FromProbabilities = new Totals(predicted.Length, loss, hits);
    }

    /// <summary>What answers: probabilities [outputs × m] for the pixels X [inputs × m].</summary>
    public delegate void Prediction(ReadOnlySpan<byte> X, Span<double> AL);

    /// <summary>The class of the largest output for each image; the lowest class wins a tie.</summary>
    public byte[] Predicted { get; }

    /// <summary>That output for each image, 0 to 1.</summary>
    public float[] Confidence { get; }

    /// <summary>How many images of class [row] were called [column].</summary>
    public int[,] Confusion { get; }

    /// <summary>Loss and hits by the probabilities: for what has no <see cref="Totals(INetworkEngine, DigitSet,
    /// CancellationToken)"/>. A probability below 2^−149, float32's least, counts as that.</summary>
    public Totals FromProbabilities { get; }

    /// <summary>Loss and hits over the whole set.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> was signalled.</exception>
    public static Totals Totals(INetworkEngine engine, DigitSet set, CancellationToken cancel) =>
        Totals(engine, set, OneRank.Instance, cancel);

    /// <summary>The same, to the same bits, each rank some of the images.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> was signalled.</exception>
    public static Totals Totals(INetworkEngine engine, DigitSet set, IRanks ranks, CancellationToken cancel)
    {
        var chunks = new Totals[(set.Count + ChunkImages - 1) / ChunkImages];
        var (first, end) = Share(ranks.Rank);
        for (var i = first; i < end; i++)
        {
            cancel.ThrowIfCancellationRequested();
            var from = i * ChunkImages;
            var chunk = set.Slice(from, Math.Min(ChunkImages, set.Count - from));
            chunks[i] = engine.Evaluate(chunk.X.Span, chunk.Labels.Span);
        }

        var each = Enumerable.Range(0, ranks.Count).Select(Share);
        ranks.AllGather(MemoryMarshal.AsBytes(chunks.AsSpan()),
            [.. each.Select(share => (share.End - share.First) * Unsafe.SizeOf<Totals>())]);
        return chunks.Aggregate(default(Totals), (sum, chunk) => sum + chunk);

        (int First, int End) Share(int rank) =>
            (chunks.Length * rank / ranks.Count, chunks.Length * (rank + 1) / ranks.Count);
    }

    /// <summary>The network's answer for every image of the set.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> was signalled.</exception>
    public static Evaluation Create(INetworkEngine engine, DigitSet set, CancellationToken cancel) =>
        Create(engine.Predict, engine.Shape.Outputs, set, cancel);

    /// <summary>The same of whatever answers.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> was signalled.</exception>
    public static Evaluation Create(Prediction predict, int classes, DigitSet set, CancellationToken cancel)
    {
        var predicted = new byte[set.Count];
        var confidence = new float[set.Count];
        var confusion = new int[classes, classes];
        var loss = 0.0;
        var AL = new double[Math.Min(ChunkImages, set.Count) * classes];
        for (var first = 0; first < set.Count; first += ChunkImages)
        {
            cancel.ThrowIfCancellationRequested();
            var chunk = set.Slice(first, Math.Min(ChunkImages, set.Count - first));
            predict(chunk.X.Span, AL.AsSpan(0, chunk.Count * classes));
            for (var j = 0; j < chunk.Count; j++)
            {
                var a = AL.AsSpan(j * classes, classes);
                var best = Best(a);
                predicted[first + j] = (byte)best;
                confidence[first + j] = (float)a[best];
                confusion[chunk.Labels.Span[j], best]++;
                loss -= Math.Log(Math.Max(a[chunk.Labels.Span[j]], float.Epsilon));
            }
        }

        return new Evaluation(predicted, confidence, confusion, loss);
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
