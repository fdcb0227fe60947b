using MnistGpu.Data;
using MnistGpu.Simd;

namespace MnistGpu.Program.Jobs;

/// <summary>
/// Images as training bends them in a few epochs from <paramref name="epoch"/> on, to be seen beside the originals.
/// </summary>
internal sealed class BentImages(Deformation deformation, ulong seed, uint epoch)
{
    /// <summary>Epochs that are shown.</summary>
    public const int Epochs = 3;

    /// <summary>The first of them.</summary>
    public uint Epoch => epoch;

    /// <summary>The images, bent.</summary>
    /// <param name="set">The originals.</param>
    /// <param name="from">The first one's number in its whole set.</param>
    /// <param name="later">Epochs after the first.</param>
    public DigitSet Of(DigitSet set, int from, uint later)
    {
        using var bender = new ImageDeformer(TrainingSteps.Bend(deformation, set.Shape)!, seed, set.Shape.Pixels);
        var X = new byte[set.X.Length];
        for (var j = 0; j < set.Count; j++)
        {
            bender.Deform(set.Image(j), from + j, set.Labels.Span[j], epoch + later,
                X.AsSpan(j * set.Shape.Pixels, set.Shape.Pixels));
        }

        return new DigitSet(X, set.Labels, set.Source, set.Shape);
    }

    /// <summary>
    /// As many rows as asked for: one of originals, then the same images in each epoch, and so on. At most as many
    /// columns as images.
    /// </summary>
    public DigitSet Sheet(DigitSet set, int from, int columns, int rows)
    {
        List<byte> X = [], labels = [];
        for (var row = 0; row < rows && row / (1 + Epochs) * columns + columns <= set.Count; row++)
        {
            var first = row / (1 + Epochs) * columns;
            var originals = set.Slice(first, columns);
            var kind = row % (1 + Epochs);
            var shown = kind == 0 ? originals : Of(originals, from + first, (uint)kind - 1);
            X.AddRange(shown.X.Span);
            labels.AddRange(shown.Labels.Span);
        }

        return new DigitSet(X.ToArray(), labels.ToArray(), set.Source, set.Shape);
    }
}
