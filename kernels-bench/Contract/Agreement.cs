using MnistGpu.Model;

namespace MnistGpu.Bench.Contract;

/// <summary>Compares tensors and says which element of which tensor is worst.</summary>
internal static class Agreement
{
    [ThreadStatic]
    private static double largestShare;

    /// <summary>
    /// The largest share that an error was of its bound in the comparisons of this thread since the last call.
    /// </summary>
    public static double TakeLargestShare()
    {
        var share = largestShare;
        largestShare = 0;
        return share;
    }

    /// <summary>Tells of a comparison that was passed.</summary>
    public static void Passed(double error, double bound) =>
        largestShare = error > 0 ? Math.Max(largestShare, error / bound) : largestShare;

    /// <summary>Every element within its own bound.</summary>
    public static void Within(string name, double[] expected, double[] actual, double[] bound)
    {
        Expect.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
        {
            var error = Math.Abs(expected[i] - actual[i]);
            // Written so that an error that is not a number fails.
            if (!(error <= bound[i]))
            {
                Expect.Fail($"{name}[{i}]: expected {expected[i]:G9}, got {actual[i]:G9}, error {error:G3}, bound "
                    + $"{bound[i]:G3}");
            }

            Passed(error, bound[i]);
        }
    }

    /// <summary>
    /// Every element within a share of itself or of the tensor's root mean square, whichever is larger.
    /// </summary>
    public static void Relative(string name, double[] expected, double[] actual, double tolerance)
    {
        var rms = Math.Sqrt(expected.Sum(v => v * v) / expected.Length);
        Within(name, expected, actual, [.. expected.Select(v => tolerance * Math.Max(Math.Abs(v), rms))]);
    }

    public static void Relative(NetworkState expected, NetworkState actual, double tolerance)
    {
        for (var l = 0; l < expected.Shape.Layers; l++)
        {
            Relative($"W{l + 1} after step {expected.Step}", expected.W[l], actual.W[l], tolerance);
            Relative($"b{l + 1} after step {expected.Step}", expected.b[l], actual.b[l], tolerance);
        }
    }

    public static void SameBits(NetworkState expected, NetworkState actual)
    {
        for (var l = 0; l < expected.Shape.Layers; l++)
        {
            Expect.Equal(expected.W[l], actual.W[l]);
            Expect.Equal(expected.b[l], actual.b[l]);
        }

        Expect.Equal(expected.Average is null, actual.Average is null);
        if (expected.Average is not null)
        {
            SameBits(expected.Average, actual.Average!);
        }

        Expect.Equal(expected.Moments?.Kind, actual.Moments?.Kind);
        Expect.Equal(expected.Moments?.Steps, actual.Moments?.Steps);
        foreach (var (one, other) in (ReadOnlySpan<(Gradients?, Gradients?)>)[(expected.Moments?.First,
            actual.Moments?.First), (expected.Moments?.Second, actual.Moments?.Second)])
        {
            for (var l = 0; one is not null && l < expected.Shape.Layers; l++)
            {
                Expect.Equal(one.dW[l], other!.dW[l]);
                Expect.Equal(one.db[l], other.db[l]);
            }
        }
    }
}
