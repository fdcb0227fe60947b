using MnistGpu.Data;
using StbImageWriteSharp;

namespace MnistGpu.Program.Reports;

/// <summary>Small pictures as addresses that hold their content.</summary>
internal static class Png
{
    /// <summary>An image as it is: grey levels, 0 black and 255 white, or red, green and blue.</summary>
    public static string Of(ReadOnlySpan<byte> pixels, DataShape shape) => Address(pixels.ToArray(), shape,
        shape.Channels == 1 ? ColorComponents.Grey : ColorComponents.RedGreenBlue);

    /// <summary>Red, green, blue and opacity of each pixel.</summary>
    public static string Rgba(byte[] pixels, DataShape shape) =>
        Address(pixels, shape, ColorComponents.RedGreenBlueAlpha);

    private static string Address(byte[] pixels, DataShape shape, ColorComponents components)
    {
        using var file = new MemoryStream();
        new ImageWriter().WritePng(pixels, shape.Width, shape.Height, components, file);
        return $"data:image/png;base64,{Convert.ToBase64String(file.GetBuffer(), 0, (int)file.Length)}";
    }
}
