using MnistGpu.Model;

namespace MnistGpu.Bench.Contract;

/// <summary>Images of any size with pixels as MNIST has them: mostly 0, some 255, the rest between.</summary>
internal sealed class RandomImages
{
    public RandomImages(NetworkShape shape, int m, int seed = 1)
    {
        var random = new Random(seed);
        X = new byte[shape.Inputs * m];
        for (var i = 0; i < X.Length; i++)
        {
            X[i] = random.Next(10) switch { < 5 => 0, 5 => 255, _ => (byte)random.Next(1, 255) };
        }

        Labels = new byte[m];
        for (var j = 0; j < m; j++)
        {
            Labels[j] = (byte)random.Next(Math.Min(shape.Outputs, 256));
        }
    }

    public byte[] X { get; }

    public byte[] Labels { get; }
}
