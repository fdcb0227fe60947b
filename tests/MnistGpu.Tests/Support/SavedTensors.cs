using MnistGpu.Files;

namespace MnistGpu.Tests.Support;

/// <summary>Models and checkpoints compared by what they hold.</summary>
internal static class SavedTensors
{
    /// <summary>Two files have the same tensors, to the bit.</summary>
    public static void AssertSame(string one, string other)
    {
        var (expected, actual) = (Safetensors.Read(one).Tensors, Safetensors.Read(other).Tensors);
        Assert.Equal(expected.Keys.Order(), actual.Keys.Order());
        foreach (var (name, tensor) in expected)
        {
            Assert.Equal(tensor.Values.Select(BitConverter.DoubleToInt64Bits),
                actual[name].Values.Select(BitConverter.DoubleToInt64Bits));
        }
    }
}
