using MnistGpu.Simd.Kernels;
using MnistGpu.Simd.Memory;
using MnistGpu.Simd.Vectors;

namespace MnistGpu.Simd;

/// <summary>
/// Predictions, and loss and hits, over images that are not attached: tile by tile, over all workers.
/// </summary>
internal sealed unsafe class Inference<V, O> : IDisposable, IWork
    where V : struct
    where O : struct, IVectorOps<V>
{
    // Parts of an evaluation: fixed, so that the sum of the losses does not depend on the threads.
    private const int MaxParts = 256;

    private readonly ParameterLayout layout;
    private readonly Workers workers;
    private readonly TilePass<V, O>[] passes;
    private readonly TileTotals[] totals = new TileTotals[MaxParts];
    private float* parameters;
    private byte* X;
    private byte* labels;
    private double* AL;
    private int m;
    private int parts;

    /// <summary>Uses the workers' passes, which no step is using at the same time.</summary>
    public Inference(ParameterLayout layout, Workers workers, TilePass<V, O>[] passes)
    {
        this.layout = layout;
        this.workers = workers;
        this.passes = passes;
    }

    /// <summary>Loss and hits of m images.</summary>
    /// <param name="parameters">W and b, as the layout has them.</param>
    /// <param name="X">[inputs × m].</param>
    /// <param name="labels">[m].</param>
    public TileTotals Evaluate(float* parameters, ReadOnlySpan<byte> X, ReadOnlySpan<byte> labels)
    {
        fixed (byte* x = X, y = labels)
        {
            Run(parameters, x, y, null, labels.Length);
        }

        var sum = default(TileTotals);
        for (var part = 0; part < parts; part++)
        {
            sum.Add(totals[part]);
        }

        return sum;
    }

    /// <summary>AL [outputs × m].</summary>
    /// <param name="parameters">W and b, as the layout has them.</param>
    /// <param name="X">[inputs × m].</param>
    /// <param name="AL">Receives the answers.</param>
    public void Predict(float* parameters, ReadOnlySpan<byte> X, Span<double> AL)
    {
        fixed (byte* x = X)
        fixed (double* y = AL)
        {
            Run(parameters, x, null, y, AL.Length / layout.Shape.Outputs);
        }
    }

    /// <inheritdoc/>
    public void Do(int item, int worker)
    {
        var pass = passes[worker];
        var tiles = (m + ImageTile.Size - 1) / ImageTile.Size;
        var sum = default(TileTotals);
        for (var tile = (int)((long)item * tiles / parts); tile < (int)((long)(item + 1) * tiles / parts); tile++)
        {
            var from = tile * ImageTile.Size;
            var inputs = layout.Shape.Inputs;
            pass.Tile.PackImages(
                X + (long)from * inputs, labels == null ? null : labels + from, inputs,
                Math.Min(ImageTile.Size, m - from));
            pass.Forward(parameters, StepDropout.None);
            if (AL == null)
            {
                sum.Add(pass.Loss(backward: false));
            }
            else
            {
                pass.Softmax();
                WriteAnswers(pass, from);
            }
        }

        totals[item] = sum;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var pass in passes)
        {
            pass.Dispose();
        }
    }

    private void Run(float* parameters, byte* X, byte* labels, double* AL, int m)
    {
        this.parameters = parameters;
        this.X = X;
        this.labels = labels;
        this.AL = AL;
        this.m = m;
        parts = Math.Min(MaxParts, (m + ImageTile.Size - 1) / ImageTile.Size);
        workers.Run(this, parts);
    }

    private void WriteAnswers(TilePass<V, O> pass, int from)
    {
        var outputs = layout.Shape.Outputs;
        for (var lane = 0; lane < pass.Tile.Count; lane++)
        {
            var to = AL + (long)(from + lane) * outputs;
            for (var r = 0; r < outputs; r++)
            {
                to[r] = pass.Top[r * ImageTile.Size + lane];
            }
        }
    }
}
