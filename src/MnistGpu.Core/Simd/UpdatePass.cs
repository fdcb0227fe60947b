using System.Runtime.CompilerServices;
using MnistGpu.Simd.Kernels;
using MnistGpu.Simd.Memory;
using MnistGpu.Simd.Vectors;

namespace MnistGpu.Simd;

/// <summary>
/// The update as a pass of its own, after all gradients: for clipping, and faster for a large network, whose memory
/// would otherwise come in many streams (<see cref="StepKinds.UpdatesApart"/>).
/// </summary>
internal sealed unsafe class UpdatePass<V, O>(ParameterLayout layout, float* parameters, Workers workers) : IDisposable,
    IWork
    where V : struct
    where O : struct, IVectorOps<V>
{
    // Squares are summed in float32 within a piece and in float64 over the pieces, which are the same for any number of
    // threads.
    private const int Piece = 4096;

    private readonly double[] squares = new double[(layout.Length + Piece - 1) / Piece];
    private readonly AlignedBuffer lanes = AlignedBuffer.OfFloats((long)workers.Count * O.Count);
    private float* sums;
    private Update update;
    private bool updating;

    /// <summary>g := g·min(1, c/‖g‖), then the update of all parameters.</summary>
    /// <param name="sums">The gradients as sums over the images, in the parameters' layout.</param>
    /// <param name="update">The update of gradients that are not clipped.</param>
    /// <param name="c">The greatest norm; 0 for any.</param>
    public void Run(float* sums, in Update update, double c)
    {
        this.sums = sums;
        this.update = update;
        if (c > 0)
        {
            updating = false;
            workers.Run(this, squares.Length);
            var sum = 0.0;
            foreach (var part in squares)
            {
                sum += part;
            }

            this.update = update.Clipped(Math.Min(1, c / Math.Sqrt(sum)));
        }

        updating = true;
        workers.Run(this, squares.Length);
    }

    /// <inheritdoc/>
    public void Do(int item, int worker)
    {
        var from = (long)item * Piece;
        var to = Math.Min(layout.Length, from + Piece);
        var border = Math.Clamp(layout.FirstLength, from, to);
        if (updating)
        {
            update.Apply<V, O>(parameters + from, sums + from, border - from, isFirst: true);
            update.Apply<V, O>(parameters + border, sums + border, to - border, isFirst: false);
        }
        else
        {
            var scratch = lanes.Floats + worker * O.Count;
            squares[item] = Squares(sums + from, border - from, update.Scale(isFirst: true), scratch)
                + Squares(sums + border, to - border, update.Scale(isFirst: false), scratch);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => lanes.Dispose();

    /// <summary>Σ (scale·sums)², in float32 by lanes: scaled first, so that sums over many bytes do not
    /// overflow.</summary>
    /// <param name="sums">The gradients' sums.</param>
    /// <param name="length">How many, a multiple of 16.</param>
    /// <param name="scale">What makes them gradients.</param>
    /// <param name="scratch">Room for a vector.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double Squares(float* sums, long length, double scale, float* scratch)
    {
        var s = O.Broadcast((float)scale);
        var squares = O.Zero;
        for (long i = 0; i < length; i += O.Count)
        {
            var g = O.Multiply(s, O.Load(sums + i));
            squares = O.MultiplyAdd(g, g, squares);
        }

        O.Store(scratch, squares);
        var sum = 0.0;
        for (var lane = 0; lane < O.Count; lane++)
        {
            sum += scratch[lane];
        }

        return sum;
    }
}
