using System.Globalization;
using System.Text;
using MnistGpu.Files;
using MnistGpu.Model;

namespace MnistGpu.Exchange.Code;

/// <summary>
/// Writes a network as one C# file that needs nothing else: the weights as text, and the forward pass.
/// </summary>
internal static class CSharpFile
{
    private const int BytesPerLine = 87;

    /// <summary>Writes the file in one piece.</summary>
    /// <param name="path">Where to; replaced if it is there. Its name is the class's, where it can be one.</param>
    /// <param name="state">The parameters, written as float32.</param>
    /// <param name="summary">What the first lines say of the network.</param>
    /// <exception cref="UserErrorException">The path cannot be written.</exception>
    public static void Write(string path, NetworkState state, IReadOnlyDictionary<string, string> summary)
    {
        var name = Path.GetFileNameWithoutExtension(path);
        // A keyword would not do; none begins with a capital.
        var isName = name.Length > 0 && char.IsAsciiLetterUpper(name[0]) && name.All(char.IsAsciiLetterOrDigit);
        var text = Text(isName ? name : "Network", state, summary);
        AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));
    }

    private static string Text(string name, NetworkState state, IReadOnlyDictionary<string, string> summary)
    {
        var shape = state.Shape;
        var text = new StringBuilder();
        text.Append("// A fully connected network, trained and written by MnistGpu. C# 11 or later; no package.\n");
        foreach (var (key, value) in summary)
        {
            text.Append(CultureInfo.InvariantCulture, $"// {key}: {Plain.Text(value)}\n");
        }

        text.Append(CultureInfo.InvariantCulture, $$""""
            using System;

            public static class {{name}}
            {
                /// <summary>The widths of the layers, the pixels first.</summary>
                public static readonly int[] Widths = { {{string.Join(", ", shape.Widths)}} };

                // W1 [out, in] row by row, b1 [out], W2, …: float32, little-endian.
                private static readonly float[] Parameters = Decode();

                /// <summary>The probability of each class.</summary>
                /// <param name="pixels">An image's pixels row by row, 0 to 255.</param>
                public static double[] Predict(ReadOnlySpan<byte> pixels)
                {
                    if (pixels.Length != Widths[0])
                    {
                        throw new ArgumentException($"{Widths[0]} pixels are needed, not {pixels.Length}.");
                    }

                    var a = new double[pixels.Length];
                    for (var i = 0; i < a.Length; i++)
                    {
                        a[i] = pixels[i] / 255.0;
                    }

                    var next = 0;
                    for (var layer = 1; layer < Widths.Length; layer++)
                    {
                        var (z, b) = (new double[Widths[layer]], next + Widths[layer] * a.Length);
                        for (var i = 0; i < z.Length; i++)
                        {
                            z[i] = Parameters[b + i];
                            for (var k = 0; k < a.Length; k++)
                            {
                                z[i] += Parameters[next + i * a.Length + k] * a[k];
                            }
                        }

                        (a, next) = (z, b + z.Length);
                        for (var i = 0; i < a.Length && layer < Widths.Length - 1; i++)
                        {
                            a[i] = {{Expression(shape.Activation)}};
                        }
                    }

                    var (greatest, sum) = (double.NegativeInfinity, 0.0);
                    foreach (var z in a)
                    {
                        greatest = Math.Max(greatest, z);
                    }

                    for (var i = 0; i < a.Length; i++)
                    {
                        sum += a[i] = Math.Exp(a[i] - greatest);
                    }

                    return Array.ConvertAll(a, e => e / sum);
                }

                private static float[] Decode()
                {
                    var bytes = Convert.FromBase64String(Text);
                    var numbers = new float[bytes.Length / 4];
                    for (var i = 0; i < numbers.Length; i++)
                    {
                        var at = 4 * i;
                        numbers[i] = BitConverter.Int32BitsToSingle(
                            bytes[at] | bytes[at + 1] << 8 | bytes[at + 2] << 16 | bytes[at + 3] << 24);
                    }

                    return numbers;
                }

                private const string Text = """

            """");
        foreach (var line in Bytes(state).Chunk(BytesPerLine))
        {
            text.Append("        ").Append(Convert.ToBase64String(line)).Append('\n');
        }

        return text.Append("        \"\"\";\n}\n").ToString();
    }

    private static string Expression(Activation activation) => activation switch
    {
        Activation.ReLU => "Math.Max(0, a[i])",
        Activation.LeakyReLU => string.Create(CultureInfo.InvariantCulture,
            $"a[i] > 0 ? a[i] : {LeakyReLU.Slope} * a[i]"),
        Activation.ScaledTanh => string.Create(CultureInfo.InvariantCulture,
            $"{ScaledTanh.Height} * Math.Tanh(2.0 / 3 * a[i])"),
        _ => throw new ArgumentOutOfRangeException(nameof(activation), activation, "This cannot be written yet."),
    };

    private static byte[] Bytes(NetworkState state)
    {
        using var bytes = new MemoryStream();
        for (var l = 0; l < state.Shape.Layers; l++)
        {
            foreach (var values in (double[][])[state.W[l], state.b[l]])
            {
                var block = new byte[values.Length * sizeof(float)];
                TensorBytes.Encode(values, block, TensorType.F32);
                bytes.Write(block);
            }
        }

        return bytes.ToArray();
    }
}
