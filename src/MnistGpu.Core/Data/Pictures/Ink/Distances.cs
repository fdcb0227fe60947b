namespace MnistGpu.Data.Pictures.Ink;

/// <summary>
/// The exact distance of each pixel from the nearest of some (Felzenszwalb and Huttenlocher 2012, "Distance transforms
/// of sampled functions", Theory of Computing 8).
/// </summary>
internal static class Distances
{
    /// <summary>
    /// Turns 0 at the pixels to measure from, and infinity elsewhere, into squared distances; infinite where there is
    /// none of them.
    /// </summary>
    public static void Transform(double[] squares, int width, int height)
    {
        var column = new double[height];
        for (var x = 0; x < width; x++)
        {
            for (var y = 0; y < height; y++)
            {
                column[y] = squares[y * width + x];
            }

            Along(column);
            for (var y = 0; y < height; y++)
            {
                squares[y * width + x] = column[y];
            }
        }

        for (var y = 0; y < height; y++)
        {
            Along(squares.AsSpan(y * width, width));
        }
    }

    /// <summary>The least of f(q) + (p − q)² over all q, for each p: the lower envelope of parabolas.</summary>
    private static void Along(Span<double> f)
    {
        // The parabolas of the envelope, and from where on each is the lowest.
        var vertex = new int[f.Length];
        var from = new double[f.Length + 1];
        var last = -1;
        for (var q = 0; q < f.Length; q++)
        {
            if (double.IsInfinity(f[q]))
            {
                continue;
            }

            var meet = double.NegativeInfinity;
            while (last >= 0)
            {
                var v = vertex[last];
                meet = (f[q] + (double)q * q - f[v] - (double)v * v) / (2.0 * (q - v));
                if (meet > from[last])
                {
                    break;
                }

                last--;
                meet = double.NegativeInfinity;
            }

            last++;
            (vertex[last], from[last], from[last + 1]) = (q, meet, double.PositiveInfinity);
        }

        if (last < 0)
        {
            return;
        }

        var distances = new double[f.Length];
        for (int p = 0, k = 0; p < f.Length; p++)
        {
            while (from[k + 1] < p)
            {
                k++;
            }

            double far = p - vertex[k];
            distances[p] = far * far + f[vertex[k]];
        }

        distances.CopyTo(f);
    }
}
