namespace MnistGpu.Model;

/// <summary>Draws the starting parameters.</summary>
internal static class Initialization
{
    /// <summary>The starting state for a seed: the same for every engine.</summary>
    public static NetworkState Draw(NetworkShape shape, Start start, ulong seed)
    {
        var state = new NetworkState(shape);
        for (var layer = 0; layer < shape.Layers; layer++)
        {
            Fill(state.W[layer], start, seed, (uint)layer, 0, start == Start.He ? Math.Sqrt(2.0 / shape.In(layer)) : 1);
            if (start != Start.He)
            {
                Fill(state.b[layer], start, seed, (uint)layer, 1, 1);
            }
        }

        return state;
    }

    private static void Fill(double[] values, Start start, ulong seed, uint layer, uint isBias, double scale)
    {
        for (var i = 0; i < values.Length; i += 2)
        {
            var (x0, x1, x2, x3) = Philox.Words(seed, Philox.Purpose.Parameters, layer, isBias, (uint)(i / 2));
            double u = Philox.Unit(x0, x1), v = Philox.Unit(x2, x3);
            var (first, second) = start == Start.Uniform ? (u - 0.5, v - 0.5) : Normal(u, v);
            values[i] = scale * first;
            if (i + 1 < values.Length)
            {
                values[i + 1] = scale * second;
            }
        }
    }

    /// <summary>Two independent standard normal values from two uniform ones: Box and Muller 1958.</summary>
    private static (double, double) Normal(double u, double v)
    {
        var radius = Math.Sqrt(-2 * Math.Log(1 - u));
        var (sin, cos) = Math.SinCos(2 * Math.PI * v);
        return (radius * cos, radius * sin);
    }
}
