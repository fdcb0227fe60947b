using System.IO.Compression;
using MnistGpu.Model;

namespace MnistGpu.Tests.Support;

/// <summary>A run recorded in NumPy or PyTorch, float64 (Oracle/README.md).</summary>
internal sealed class RecordedRun(string name, Activation activation = Activation.ReLU)
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Oracle", "data");

    public NetworkShape Shape { get; } =
        NetworkShape.Parse(name[name.IndexOf("784", StringComparison.Ordinal)..]).With(activation);

    /// <summary>MNIST's first 1,280 training images, [784 × 1280].</summary>
    public static byte[] X { get; } = Unpack("first-1280-images-idx3-ubyte.gz", 16);

    public static byte[] Labels { get; } = Unpack("first-1280-labels-idx1-ubyte.gz", 8);

    /// <summary>The parameters after a number of steps; 0 is the start.</summary>
    public NetworkState State(int steps)
    {
        var state = new NetworkState(Shape) { Step = steps };
        Read(steps == 0 ? Start() : name, state.W, state.b, "", steps == 0 ? "" : $"_{steps}");
        return state;
    }

    /// <summary>The gradients of the first step.</summary>
    public Gradients FirstGradients()
    {
        var gradients = new Gradients(Shape);
        Read(name, gradients.dW, gradients.db, "d", "");
        return gradients;
    }

    // The minibatch runs of a network all begin where the first of them does.
    private string Start() => ((string[])[name, $"sgd-{Shape}", $"leaky-relu-{Shape}"])
        .First(folder => File.Exists(Path.Combine(Folder, folder, "W1.npy")));

    private void Read(string folder, double[][] W, double[][] b, string prefix, string suffix)
    {
        for (var l = 0; l < Shape.Layers; l++)
        {
            Npy.Read(Path.Combine(Folder, folder, $"{prefix}W{l + 1}{suffix}.npy")).CopyTo(W[l], 0);
            Npy.Read(Path.Combine(Folder, folder, $"{prefix}b{l + 1}{suffix}.npy")).CopyTo(b[l], 0);
        }
    }

    private static byte[] Unpack(string file, int header)
    {
        using var gzip = new GZipStream(File.OpenRead(Path.Combine(Folder, file)), CompressionMode.Decompress);
        using var memory = new MemoryStream();
        gzip.CopyTo(memory);
        return memory.ToArray()[header..];
    }
}
