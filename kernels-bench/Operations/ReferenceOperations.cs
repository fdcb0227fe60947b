using MnistGpu.Gpu.Kernels.Products;
using MnistGpu.Reference;

namespace MnistGpu.Bench.Operations;

/// <summary>One of the equations in float64, on one thread.</summary>
internal sealed class ReferenceOperation(double flops, double bytes, Action run, Func<Check> verify) : Operation
{
    public override double Flops => flops;

    public override double Bytes => bytes;

    public override int Threads => 1;

    public static ReferenceOperation Create(KnownProduct product)
    {
        var left = Array.ConvertAll(product.Left, v => (double)v);
        var right = Array.ConvertAll(product.Right, v => (double)v);
        var result = new double[product.Expected.Length];
        var b = new double[product.Rows];
        int rows = product.Rows, inner = product.Inner, m = product.M;
        Action run = product.Kind switch
        {
            ProductKind.WeightsTimesActivations => () => Equations.Affine(left, b, right, result, rows, inner, m),
            ProductKind.TransposedWeightsTimesErrors => () => Equations.Backward(left, right, result, rows, inner, m),
            _ => Gradient,
        };
        return new(product.Flops, 0, run, () => Check.Compare(product.Expected, result, product.Bound));

        void Gradient()
        {
            Array.Clear(result);
            Equations.AddWeightGradient(left, right, result, rows, inner, m);
        }
    }

    public static ReferenceOperation Create(SoftmaxColumns columns)
    {
        var Z = Array.ConvertAll(columns.Z, v => (double)v);
        var A = new double[Z.Length];
        return new(0, 2.0 * sizeof(double) * Z.Length, () => Equations.Softmax(Z, A, columns.Rows, columns.M),
            () => Check.Compare(columns.Expected, A, columns.Bound));
    }

    public static ReferenceOperation Create(ParameterUpdate update)
    {
        var W = Array.ConvertAll(update.W, v => (double)v);
        var dW = Array.ConvertAll(update.dW, v => (double)v);
        return new(0, 3.0 * sizeof(double) * W.Length, () => Equations.Update(W, dW, ParameterUpdate.Alpha),
            () => Check.Compare(update.Expected, W, update.Bound));
    }

    public override Check Verify()
    {
        run();
        return verify();
    }

    public override void Run(int count)
    {
        for (var i = 0; i < count; i++)
        {
            run();
        }
    }

    public override void Dispose()
    {
        // Only managed arrays.
    }
}
