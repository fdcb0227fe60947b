namespace MnistGpu.Data.Pictures.Decoding;

/// <summary>The grey of a colour: 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601), in 256ths.</summary>
internal static class Luma
{
    /// <summary>The grey of red, green and blue.</summary>
    public static byte From(int red, int green, int blue) => (byte)((red * 77 + green * 150 + blue * 29) >> 8);
}
