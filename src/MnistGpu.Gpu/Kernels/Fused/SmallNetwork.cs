using ILGPU;
using ILGPU.Runtime;
using MnistGpu.Gpu.Kernels.Products;

namespace MnistGpu.Gpu.Kernels.Fused;

/// <summary>What one step of a network with one hidden layer reads and how large it is.</summary>
/// <param name="theta">W1, b1, W2, b2.</param>
/// <param name="X">[inputs × any] pixels.</param>
/// <param name="columns">[m] where in X the images lie.</param>
/// <param name="labels">[any] classes.</param>
/// <param name="images">[m] where in the labels theirs lie.</param>
/// <param name="inputs">Rows of A0.</param>
/// <param name="hidden">Rows of A1.</param>
/// <param name="outputs">Rows of A2.</param>
/// <param name="m">Images.</param>
/// <param name="slice">Images of a group, a multiple of its tile.</param>
/// <param name="activation">Its number in <see cref="ActivationFunctions"/>.</param>
/// <param name="epsilon">ε of label smoothing.</param>
internal readonly struct SmallNetwork(
    ArrayView<float> theta, ArrayView<byte> X, ArrayView<int> columns, ArrayView<byte> labels, ArrayView<int> images,
    int inputs, int hidden, int outputs, int m, int slice, int activation, float epsilon)
{
    /// <summary>Rows of W1 that a thread has at once.</summary>
    public const int Rows = 10;

    /// <summary>The same in units of 16 bytes.</summary>
    public const int PaddedRows = 12;

    /// <summary>Rows of A0.</summary>
    public int Inputs => inputs;

    /// <summary>Rows of A1.</summary>
    public int Hidden => hidden;

    /// <summary>Rows of A2.</summary>
    public int Outputs => outputs;

    /// <summary>Words of four pixels of an image, the last of which may be short.</summary>
    public int Words => (inputs + 3) / 4;

    /// <summary>Tens of hidden units, the last of which may be short.</summary>
    public int Blocks => (hidden - 1) / Rows + 1;

    /// <summary>Elements of b1, W2 and b2.</summary>
    public int Rest => hidden + outputs * (hidden + 1);

    /// <summary>ε of label smoothing.</summary>
    public float Epsilon => epsilon;

    /// <summary>
    /// Each image with its label and numbers read once, θ once, a slice and image totals per group written; the
    /// products' operations, which are nearly all.
    /// </summary>
    public KernelCost Cost
    {
        get
        {
            double parameters = (double)hidden * inputs + Rest, groups = (m - 1) / slice + 1;
            return new((inputs + 9.0) * m + 4 * parameters * (1 + groups) + 8 * groups,
                (4.0 * hidden * inputs + 6.0 * hidden * outputs) * m);
        }
    }

    /// <summary>In a kernel: this group's first image.</summary>
    public int First => Grid.IdxX * slice;

    /// <summary>In a kernel: the image after this group's last.</summary>
    public int End => IntrinsicMath.Min((Grid.IdxX + 1) * slice, m);

    /// <summary>b1[i].</summary>
    public float b1(int i) => theta[hidden * inputs + i];

    /// <summary>W2[i,k].</summary>
    public float W2(int i, int k) => theta[hidden * inputs + hidden + i * hidden + k];

    /// <summary>b2[i].</summary>
    public float b2(int i) => theta[hidden * inputs + hidden + outputs * hidden + i];

    /// <summary>W1[i, 4·word … 4·word + 3], zeros past the row's end; rows past the last are the last.</summary>
    public Float4 W1(int i, int word)
    {
        var row = IntrinsicMath.Min(i, hidden - 1) * inputs;
        return (inputs & 3) == 0
            ? theta.Cast<Float4>().AsAligned(16)[(row >> 2) + word]
            : new(W1At(row, 4 * word), W1At(row, 4 * word + 1), W1At(row, 4 * word + 2), W1At(row, 4 * word + 3));
    }

    /// <summary>Four pixels of image j, zeros past its end.</summary>
    public uint Pixels(int j, int word)
    {
        var image = columns[j] * inputs;
        return (inputs & 3) == 0
            ? X.Cast<uint>()[(image >> 2) + word]
            : Pixel(image, 4 * word) | Pixel(image, 4 * word + 1) << 8
                | Pixel(image, 4 * word + 2) << 16 | Pixel(image, 4 * word + 3) << 24;
    }

    /// <summary>The label of image j.</summary>
    public int Label(int j) => labels[images[j]];

    /// <summary>f(z).</summary>
    public float Activate(float z) => ActivationFunctions.Activate(activation, z);

    /// <summary>f′(z) from a = f(z).</summary>
    public float Derivative(float a) => ActivationFunctions.Derivative(activation, a);

    private float W1At(int row, int k) => k < inputs ? theta[row + k] : 0f;

    private uint Pixel(int image, int k) => k < inputs ? X[image + k] : 0u;
}
