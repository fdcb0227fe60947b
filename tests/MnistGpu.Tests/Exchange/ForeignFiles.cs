using MnistGpu.Data.Formats;
using MnistGpu.Exchange.Layers;
using MnistGpu.Exchange.Numpy;
using MnistGpu.Model;
using MnistGpu.Reference;

namespace MnistGpu.Tests.Exchange;

/// <summary>The files that make_files.py wrote, and what their networks answer.</summary>
internal static class ForeignFiles
{
    public const int Pixels = 12;
    public const int Images = 20;
    public const int Classes = 3;

    private static readonly Lazy<Dictionary<string, double[]>> All = new(() =>
    {
        using var archive = ZipContent.Open("answers.npz", File.OpenRead(Named("answers.npz")));
        return NpzFile.Read("answers.npz", archive).ToDictionary(array => array.Name, array => array.Values);
    });

    /// <summary>Files that hold a network.</summary>
    public static IEnumerable<string> Good => All.Value.Keys;

    public static string Named(string name) => Path.Combine(AppContext.BaseDirectory, "Exchange", "files", name);

    /// <summary>Class probabilities, image by image.</summary>
    public static double[] Answers(string name) => All.Value[name];

    public static byte[] LoadPixels() => NpyReader.Read(SourcePart.Of(Named("pixels.npy")), int.MaxValue).Data;

    /// <summary>What a network answers in float64.</summary>
    public static double[] Predict(NetworkState state, byte[] pixels)
    {
        using var engine = new ReferenceEngine(state.Shape);
        engine.Load(state);
        var AL = new double[pixels.Length / state.Shape.Inputs * state.Shape.Outputs];
        engine.Predict(pixels, AL);
        return AL;
    }

    public static double LargestDifference(double[] one, double[] other)
    {
        Assert.Equal(one.Length, other.Length);
        return one.Zip(other, (x, y) => Math.Abs(x - y)).Max();
    }
}
