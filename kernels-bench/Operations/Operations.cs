using MnistGpu.Gpu.Kernels.Products;
using MnistGpu.Proof;
using MnistGpu.Reference;

namespace MnistGpu.Bench.Operations;

/// <summary>An operation on one device, its operands in place.</summary>
internal abstract class Operation : IDisposable
{
    /// <summary>
    /// Floating-point operations of one run, a multiply-add counted as two; 0 where memory is what counts.
    /// </summary>
    public virtual double Flops => 0;

    /// <summary>Bytes that one run must read and write; 0 where arithmetic is what counts.</summary>
    public virtual double Bytes => 0;

    /// <summary>Images of one run, where their number a second is what counts; else 0.</summary>
    public virtual double Images => 0;

    /// <summary>Threads that it runs on, or 0 for the device's choice.</summary>
    public virtual int Threads => 0;

    /// <summary>Runs once and compares the result with the reference.</summary>
    public abstract Check Verify();

    /// <summary>Runs <paramref name="count"/> times and waits until the device is done.</summary>
    public abstract void Run(int count);

    /// <inheritdoc/>
    public abstract void Dispose();
}

/// <summary>
/// How a result stands to the reference: the element that came nearest to its bound, or exceeded it most.
/// </summary>
/// <param name="Error">The difference there.</param>
/// <param name="Bound">What float32 arithmetic explains there.</param>
/// <param name="Passed">Whether every element stayed within its bound.</param>
internal readonly record struct Check(double Error, double Bound, bool Passed)
{
    /// <summary>The error as a share of its bound.</summary>
    public double Share => Error == 0 ? 0 : Error / Bound;

    /// <summary>Compares element by element; a difference that is no number fails.</summary>
    public static Check Compare(ReadOnlySpan<double> expected, ReadOnlySpan<double> actual, ReadOnlySpan<double> bound)
    {
        if (actual.Length != expected.Length || bound.Length != expected.Length)
        {
            throw new ArgumentException($"{expected.Length} values are compared with {actual.Length} within "
                + $"{bound.Length} bounds.");
        }

        var worst = new Check(0, 0, true);
        for (var i = 0; i < expected.Length; i++)
        {
            worst = worst.And(One(Math.Abs(expected[i] - actual[i]), bound[i]));
        }

        return worst;
    }

    /// <summary>The worse of two.</summary>
    public Check And(Check other) => !Passed || (other.Passed && other.Share <= Share) ? this : other;

    private static Check One(double error, double bound) => new(error, bound, error <= bound);
}

/// <summary>
/// A product's operands, random in [−1, 1), and what it must give. W is stored row by row, A and dZ column by column.
/// </summary>
internal sealed class KnownProduct
{
    // Σ|aₖ·bₖ| for each element.
    private readonly double[] magnitudes;

    /// <summary>A product of W [rows × inner] or dZ [rows × m] with A [inner × m] or dZ.</summary>
    /// <param name="kind">Which of the three that take no pixels.</param>
    /// <param name="rows">Rows of W and dZ.</param>
    /// <param name="inner">Columns of W, rows of A.</param>
    /// <param name="m">Columns of A and dZ.</param>
    public KnownProduct(ProductKind kind, int rows, int inner, int m)
    {
        (Kind, Rows, Inner, M) = (kind, rows, inner, m);
        var random = new Random(1);
        Left = Draw(random, kind == ProductKind.ErrorsTimesActivations ? rows * m : rows * inner);
        Right = Draw(random, kind == ProductKind.TransposedWeightsTimesErrors ? rows * m : inner * m);
        Expected = Multiply(Left, Right);
        magnitudes = Multiply([.. Left.Select(Math.Abs)], [.. Right.Select(Math.Abs)]);
        Bound = BoundOf(ProductRounding.None);
    }

    public ProductKind Kind { get; }

    public int Rows { get; }

    public int Inner { get; }

    public int M { get; }

    /// <summary>Products that each element of the result sums.</summary>
    public int Depth => Kind switch
    {
        ProductKind.WeightsTimesActivations => Inner,
        ProductKind.TransposedWeightsTimesErrors => Rows,
        _ => M
    };

    public double Flops => 2.0 * Rows * Inner * M;

    /// <summary>W for Z and dA, dZ for dW.</summary>
    public float[] Left { get; }

    /// <summary>A for Z and dW, dZ for dA.</summary>
    public float[] Right { get; }

    /// <summary>The result in float64: Z and dA column by column, dW row by row.</summary>
    public double[] Expected { get; }

    /// <summary>The bound where operands are not rounded, γ·Σ|aₖ·bₖ|.</summary>
    public double[] Bound { get; }

    /// <summary>What the result may be off by, element by element, where its operands are rounded so.</summary>
    public double[] BoundOf(ProductRounding rounding)
    {
        var share = rounding.Share(Depth);
        return Array.ConvertAll(magnitudes, magnitude => magnitude * share);
    }

    /// <summary>The name as in the equations.</summary>
    public static string Name(ProductKind kind) => kind switch
    {
        ProductKind.WeightsTimesActivations => "Z",
        ProductKind.TransposedWeightsTimesErrors => "dA",
        _ => "dW",
    } + $" = {ProductNames.NameOf(kind)}";

    private static float[] Draw(Random random, int count)
    {
        var values = new float[count];
        for (var i = 0; i < count; i++)
        {
            values[i] = 2 * random.NextSingle() - 1;
        }

        return values;
    }

    private double[] Multiply(float[] left, float[] right)
    {
        var l = Array.ConvertAll(left, v => (double)v);
        var r = Array.ConvertAll(right, v => (double)v);
        var result = new double[Kind switch
        {
            ProductKind.WeightsTimesActivations => Rows * M,
            ProductKind.TransposedWeightsTimesErrors => Inner * M,
            _ => Rows * Inner,
        }];
        switch (Kind)
        {
            case ProductKind.WeightsTimesActivations:
                var b = new double[Rows];
                Columns(first => Equations.Affine(l, b, r.AsSpan(first * Inner, Inner), result.AsSpan(first * Rows),
                    Rows, Inner, 1));
                break;
            case ProductKind.TransposedWeightsTimesErrors:
                Columns(first => Equations.Backward(l, r.AsSpan(first * Rows, Rows),
                    result.AsSpan(first * Inner, Inner), Rows, Inner, 1));
                break;
            default:
                Equations.AddWeightGradient(l, r, result, Rows, Inner, M);
                break;
        }

        return result;

        void Columns(Action<int> column) => Parallel.For(0, M, column);
    }
}

/// <summary>
/// softmax of logits [rows × m] as a network's last layer has them, normal with deviation 4, and what it must give.
/// </summary>
internal sealed class SoftmaxColumns
{
    public SoftmaxColumns(int rows, int m)
    {
        (Rows, M) = (rows, m);
        var random = new Random(2);
        Z = new float[rows * m];
        for (var i = 0; i < Z.Length; i++)
        {
            Z[i] = (float)(4 * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble()))
                * Math.Cos(2 * Math.PI * random.NextDouble()));
        }

        var z = Array.ConvertAll(Z, v => (double)v);
        Expected = new double[Z.Length];
        Equations.Softmax(z, Expected, rows, m);
        Bound = new double[Z.Length];
        for (var j = 0; j < m; j++)
        {
            // The logits are exact.
            RoundingBounds.SoftmaxBound(
                z.AsSpan(j * rows, rows), Expected.AsSpan(j * rows, rows), delta: 0, Bound.AsSpan(j * rows, rows));
        }
    }

    public int Rows { get; }

    public int M { get; }

    /// <summary>Column by column.</summary>
    public float[] Z { get; }

    public double[] Expected { get; }

    public double[] Bound { get; }
}

/// <summary>W := W − α·dW on random parameters and gradients, and what it must give.</summary>
internal sealed class ParameterUpdate
{
    /// <summary>α, exactly a float.</summary>
    public const float Alpha = 0.125f;

    public ParameterUpdate(int count)
    {
        var random = new Random(3);
        W = new float[count];
        dW = new float[count];
        for (var i = 0; i < count; i++)
        {
            (W[i], dW[i]) = (2 * random.NextSingle() - 1, 2 * random.NextSingle() - 1);
        }

        Expected = Array.ConvertAll(W, v => (double)v);
        Equations.Update(Expected, Array.ConvertAll(dW, v => (double)v), Alpha);
        Bound = [.. Expected.Select((after, i) => RoundingBounds.UpdateBound(after, dW[i], 0, Alpha))];
    }

    public float[] W { get; }

    public float[] dW { get; }

    public double[] Expected { get; }

    public double[] Bound { get; }
}
