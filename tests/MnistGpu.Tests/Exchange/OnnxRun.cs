using Microsoft.ML.OnnxRuntime;

namespace MnistGpu.Tests.Exchange;

/// <summary>Runs a graph with ONNX Runtime.</summary>
internal sealed class OnnxRun : IDisposable
{
    private readonly InferenceSession session;
    private readonly RunOptions options = new();
    private readonly string input;
    private readonly string output;

    public OnnxRun(string path)
    {
        // Errors alone: it warns of graphs that list their weights as inputs.
        using var setup = new SessionOptions
        {
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
            IntraOpNumThreads = 1,
        };
        session = new InferenceSession(path, setup);
        (input, output) = (session.InputNames[0], session.OutputNames[0]);
    }

    public bool TakesBytes => session.InputMetadata[input].ElementDataType
        == Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.UInt8;

    public IReadOnlyDictionary<string, string> Metadata => session.ModelMetadata.CustomMetadataMap;

    public int[] Dimensions => session.InputMetadata[input].Dimensions;

    public void Dispose()
    {
        session.Dispose();
        options.Dispose();
    }

    /// <summary>The output's numbers for images.</summary>
    /// <param name="pixels">Pixels from 0 to 255.</param>
    /// <param name="outputs">Numbers for each image.</param>
    /// <param name="scale">What a graph that takes floats gets for a pixel; p/255 unless given.</param>
    public float[] Run(byte[] pixels, int outputs, Func<byte, float>? scale = null)
    {
        var image = Dimensions.Skip(1).Aggregate(1, (product, dim) => product * Math.Abs(dim));
        var count = pixels.Length / image;
        var result = new float[count * outputs];
        // A batch that is fixed comes once for each image.
        var batch = Dimensions[0] < 0 ? count : Dimensions[0];
        for (var first = 0; first < count; first += batch)
        {
            var part = pixels[(first * image)..((first + batch) * image)];
            long[] shape = [batch, .. Dimensions.Skip(1).Select(dim => (long)dim)];
            using var value = TakesBytes ? OrtValue.CreateTensorValueFromMemory(part, shape)
                : OrtValue.CreateTensorValueFromMemory(Array.ConvertAll(part, p => scale?.Invoke(p) ?? p / 255f),
                    shape);
            using var answers = session.Run(options, [input], [value], [output]);
            answers[0].GetTensorDataAsSpan<float>().CopyTo(result.AsSpan(first * outputs));
        }

        return result;
    }
}
