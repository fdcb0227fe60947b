using MnistGpu.Data;
using MnistGpu.Data.Sources;
using MnistGpu.Training;

namespace MnistGpu.Program.Jobs;

/// <summary>What a network says of the images of one file.</summary>
/// <param name="Model">The model's file.</param>
/// <param name="Shape">The classes.</param>
/// <param name="Images">The images.</param>
/// <param name="Probabilities">[classes × m] probabilities, an image's together.</param>
/// <param name="Hits">How many are right; null where the file does not say what they are in the
/// network's words.</param>
internal sealed record RowAnswers(string Model, DataShape Shape, ImageRows Images, float[] Probabilities, int? Hits)
{
    // Enough to keep an engine busy, and few enough to be stopped between.
    private const int Chunk = 4096;

    /// <summary>The classes' number of each image.</summary>
    public required byte[] Classes { get; init; }

    /// <summary>An image's probabilities.</summary>
    public ReadOnlySpan<float> Of(int j) => Probabilities.AsSpan(j * Shape.Classes, Shape.Classes);

    /// <summary>Asks a network.</summary>
    /// <exception cref="UserErrorException">There are too many images, or the answers are no numbers.</exception>
    public static RowAnswers Ask(Network network, string model, DataShape shape, ImageRows images,
        CancellationToken cancel)
    {
        if ((long)images.Count * shape.Classes > Array.MaxLength)
        {
            throw new UserErrorException("There are too many images for one table", where: images.Source,
                expected: $"at most {Array.MaxLength / shape.Classes:N0}", found: $"{images.Count:N0}",
                todo: "split the file");
        }

        var probabilities = new float[images.Count * shape.Classes];
        var classes = new byte[images.Count];
        var AL = new double[Math.Min(Chunk, images.Count) * shape.Classes];
        var hits = 0;
        for (var first = 0; first < images.Count; first += Chunk)
        {
            cancel.ThrowIfCancellationRequested();
            var count = Math.Min(Chunk, images.Count - first);
            var answers = AL.AsSpan(0, count * shape.Classes);
            network.Predict(images.X.Span.Slice(first * shape.Pixels, count * shape.Pixels), answers);
            for (var j = 0; j < count; j++)
            {
                var own = answers.Slice(j * shape.Classes, shape.Classes);
                var best = Evaluation.Best(own);
                classes[first + j] = (byte)best;
                hits += images.Labels is { } labels && labels[first + j] == best ? 1 : 0;
                for (var k = 0; k < own.Length; k++)
                {
                    probabilities[(first + j) * shape.Classes + k] = (float)own[k];
                }
            }
        }

        return new RowAnswers(model, shape, images, probabilities, images.Labels is not null ? hits : null)
        {
            Classes = classes,
        };
    }
}
