using System.Runtime.CompilerServices;

namespace MnistGpu;

/// <summary>
/// Random numbers from a counter: Philox 4×32-10 of Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as
/// 1, 2, 3" (SC'11). A value depends on the key (seed, purpose) and the counter only, never on what was drawn before,
/// so that every engine, thread and resumed run draws the same.
/// </summary>
internal static class Philox
{
    /// <summary>What a number is drawn for; part of the key, so that no two purposes share a stream.</summary>
    public enum Purpose : uint
    {
        /// <summary>Starting values of the parameters: counter (layer, 0 for W and 1 for b, element / 2).</summary>
        Parameters = 1,

        /// <summary>The order of the images: counter (epoch, 0, position).</summary>
        Shuffle = 2,

        /// <summary>Synthetic digits: counter (part, image, draw).</summary>
        Synthetic = 3,

        /// <summary>Dropout: counter (epoch, image, layer and eight units).</summary>
        Dropout = 4,

        /// <summary>Deformations: counter (epoch, image, draw).</summary>
        Deformation = 5,
    }

    /// <summary>Rounds of the bijection.</summary>
    public const int Rounds = 10;

    /// <summary>What the counter's first word is multiplied by in a round.</summary>
    public const uint Factor0 = 0xD2511F53;

    /// <summary>What the counter's third word is multiplied by in a round.</summary>
    public const uint Factor1 = 0xCD9E8D57;

    /// <summary>What the key's first word grows by from round to round.</summary>
    public const uint Weyl0 = 0x9E3779B9;

    /// <summary>What the key's second word grows by from round to round.</summary>
    public const uint Weyl1 = 0xBB67AE85;

    /// <summary>The four 32-bit words at one counter under one key: ten rounds.</summary>
    public static (uint X0, uint X1, uint X2, uint X3) Words(uint c0, uint c1, uint c2, uint c3, uint k0, uint k1)
    {
        for (var round = 0; round < Rounds; round++)
        {
            var p0 = (ulong)Factor0 * c0;
            var p1 = (ulong)Factor1 * c2;
            (c0, c1, c2, c3) = ((uint)(p1 >> 32) ^ c1 ^ k0, (uint)p1, (uint)(p0 >> 32) ^ c3 ^ k1, (uint)p0);
            k0 += Weyl0;
            k1 += Weyl1;
        }

        return (c0, c1, c2, c3);
    }

    /// <summary>
    /// The words for a purpose under a 64-bit seed; the seed's high half is folded into the counter's last word.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (uint X0, uint X1, uint X2, uint X3) Words(ulong seed, Purpose purpose, uint a, uint b, uint c) =>
        Words(a, b, c, (uint)(seed >> 32), (uint)seed, (uint)purpose);

    /// <summary>A double in [0, 1) from 53 bits of two words.</summary>
    public static double Unit(uint high, uint low) => (((ulong)high << 32 | low) >> 11) * (1.0 / (1UL << 53));
}
