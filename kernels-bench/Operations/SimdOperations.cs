using MnistGpu.Gpu.Kernels.Products;
using MnistGpu.Simd.Kernels;
using MnistGpu.Simd.Memory;
using MnistGpu.Simd.Vectors;

namespace MnistGpu.Bench.Operations;

/// <summary>
/// The packed product C = A·B on all workers. It takes matrices in row order; A and Wᵀ are brought there beforehand.
/// </summary>
internal sealed class SimdProduct : Operation
{
    private readonly KnownProduct product;
    private readonly Sgemm sgemm;
    private readonly float[] A;
    private readonly float[] B;
    private readonly float[] C;
    private readonly int m;
    private readonly int k;
    private readonly int n;

    public SimdProduct(KnownProduct product, Workers workers)
    {
        this.product = product;
        Threads = workers.Count;
        sgemm = Sgemm.Create(workers);
        (m, k, n) = product.Kind switch
        {
            ProductKind.WeightsTimesActivations => (product.Rows, product.Inner, product.M),
            ProductKind.TransposedWeightsTimesErrors => (product.Inner, product.Rows, product.M),
            _ => (product.Rows, product.M, product.Inner),
        };

        // Column by column is row by row of the transpose.
        A = product.Kind == ProductKind.WeightsTimesActivations ? product.Left : Transpose(product.Left, k, m);
        B = product.Kind == ProductKind.ErrorsTimesActivations ? product.Right : Transpose(product.Right, n, k);
        C = new float[m * n];
    }

    public override double Flops => product.Flops;

    public override int Threads { get; }

    public override Check Verify()
    {
        Run(1);
        var result = product.Kind == ProductKind.ErrorsTimesActivations ? C : Transpose(C, m, n);
        return Check.Compare(product.Expected, Array.ConvertAll(result, v => (double)v), product.Bound);
    }

    public override void Run(int count)
    {
        for (var i = 0; i < count; i++)
        {
            sgemm.Multiply(m, k, n, A, B, C);
        }
    }

    public override void Dispose() => sgemm.Dispose();

    private static float[] Transpose(float[] from, int rows, int columns)
    {
        var to = new float[from.Length];
        for (var r = 0; r < rows; r++)
        {
            for (var c = 0; c < columns; c++)
            {
                to[c * rows + r] = from[r * columns + c];
            }
        }

        return to;
    }
}

/// <summary>softmax on tiles of 64 images, one thread.</summary>
internal sealed unsafe class SimdSoftmax<V, O> : Operation
    where V : struct
    where O : struct, IVectorOps<V>
{
    private const int Lanes = ImageTile.Size;

    private readonly SoftmaxColumns columns;
    private readonly AlignedBuffer Z;
    private readonly AlignedBuffer A;
    private readonly int tile;
    private readonly int tiles;

    public SimdSoftmax(SoftmaxColumns columns)
    {
        this.columns = columns;
        tile = columns.Rows * Lanes;
        tiles = (columns.M + Lanes - 1) / Lanes;
        Z = AlignedBuffer.OfFloats((long)tiles * tile);
        A = AlignedBuffer.OfFloats((long)tiles * tile);
        for (var j = 0; j < columns.M; j++)
        {
            for (var r = 0; r < columns.Rows; r++)
            {
                Z.Floats[Place(r, j)] = columns.Z[j * columns.Rows + r];
            }
        }
    }

    // Z is read and A written.
    public override double Bytes => 2.0 * sizeof(float) * columns.Z.Length;

    public override int Threads => 1;

    public override Check Verify()
    {
        Run(1);
        var result = new double[columns.Z.Length];
        for (var j = 0; j < columns.M; j++)
        {
            for (var r = 0; r < columns.Rows; r++)
            {
                result[j * columns.Rows + r] = A.Floats[Place(r, j)];
            }
        }

        return Check.Compare(columns.Expected, result, columns.Bound);
    }

    public override void Run(int count)
    {
        for (var i = 0; i < count; i++)
        {
            for (var t = 0; t < tiles; t++)
            {
                // The engine's softmax works in place.
                var a = A.Floats + (long)t * tile;
                Buffer.MemoryCopy(Z.Floats + (long)t * tile, a, tile * sizeof(float), tile * sizeof(float));
                OutputLayer<V, O>.Softmax(a, columns.Rows);
            }
        }
    }

    public override void Dispose()
    {
        Z.Dispose();
        A.Dispose();
    }

    private long Place(int row, int j) => (long)(j / Lanes) * tile + row * Lanes + j % Lanes;
}

/// <summary>W := W − α·dW, one thread.</summary>
internal sealed unsafe class SimdUpdate<V, O> : Operation
    where V : struct
    where O : struct, IVectorOps<V>
{
    private readonly ParameterUpdate update;
    private readonly AlignedBuffer W;
    private readonly AlignedBuffer dW;

    public SimdUpdate(ParameterUpdate update)
    {
        this.update = update;
        // A multiple of 16, as the engine lays its parameters out.
        var length = (update.W.Length + 15) / 16 * 16;
        W = AlignedBuffer.OfFloats(length);
        dW = AlignedBuffer.OfFloats(length);
        update.dW.CopyTo(new Span<float>(dW.Floats, update.dW.Length));
    }

    // W and dW are read, W is written.
    public override double Bytes => 3.0 * sizeof(float) * update.W.Length;

    public override int Threads => 1;

    public override Check Verify()
    {
        var place = new Span<float>(W.Floats, update.W.Length);
        update.W.CopyTo(place);
        Run(1);
        return Check.Compare(update.Expected, Array.ConvertAll(place.ToArray(), v => (double)v), update.Bound);
    }

    public override void Run(int count)
    {
        for (var i = 0; i < count; i++)
        {
            Update.Descend<V, O>(W.Floats, dW.Floats, W.Length / sizeof(float), ParameterUpdate.Alpha);
        }
    }

    public override void Dispose()
    {
        W.Dispose();
        dW.Dispose();
    }
}
