using MnistGpu.Data;
using StbImageWriteSharp;

namespace MnistGpu.Program.Reports;

/// <summary>Pictures of 28×28 pixels as addresses that hold their content.</summary>
internal static class Png
{
    /// <summary>Gray levels, 0 black and 255 white.</summary>
    public static string Gray(ReadOnlySpan<byte> pixels) => Address(pixels.ToArray(), ColorComponents.Grey);

    /// <summary>Red, green, blue and opacity of each pixel.</summary>
    public static string Rgba(byte[] pixels) => Address(pixels, ColorComponents.RedGreenBlueAlpha);

    private static string Address(byte[] pixels, ColorComponents components)
    {
        using var file = new MemoryStream();
        new ImageWriter().WritePng(pixels, DigitSet.Side, DigitSet.Side, components, file);
        return $"data:image/png;base64,{Convert.ToBase64String(file.GetBuffer(), 0, (int)file.Length)}";
    }
}
