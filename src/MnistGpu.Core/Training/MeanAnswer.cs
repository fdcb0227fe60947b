using System.Buffers;

namespace MnistGpu.Training;

/// <summary>
/// What a committee answers: AL = (1/n)·Σ AL of its n networks, the mean of their probabilities (Cireşan and others
/// 2011, arXiv 1103.4487).
/// </summary>
internal static class MeanAnswer
{
    /// <summary>What one network says of images.</summary>
    /// <param name="network">Its index, from 0.</param>
    /// <param name="X">[inputs × m] pixels.</param>
    /// <param name="AL">Receives [outputs × m] probabilities.</param>
    public delegate void Ask(int network, ReadOnlySpan<byte> X, Span<double> AL);

    /// <summary>Asks all of them. Nothing is allocated once the pool has grown.</summary>
    /// <param name="networks">How many there are.</param>
    /// <param name="X">[inputs × m] pixels.</param>
    /// <param name="AL">Receives [outputs × m] probabilities.</param>
    /// <param name="ask">Asks one of them.</param>
    public static void Predict(int networks, ReadOnlySpan<byte> X, Span<double> AL, Ask ask)
    {
        ask(0, X, AL);
        var rented = ArrayPool<double>.Shared.Rent(AL.Length);
        try
        {
            var own = rented.AsSpan(0, AL.Length);
            for (var i = 1; i < networks; i++)
            {
                ask(i, X, own);
                for (var j = 0; j < own.Length; j++)
                {
                    AL[j] += own[j];
                }
            }
        }
        finally
        {
            ArrayPool<double>.Shared.Return(rented);
        }

        foreach (ref var a in AL)
        {
            a /= networks;
        }
    }
}
