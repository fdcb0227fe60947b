namespace MnistGpu.Data.Pictures.Decoding;

/// <summary>What a decoder reads a colour as: its brightness, or one of its parts.</summary>
internal enum Light : byte
{
    /// <summary>How light it is to the eye, see <see cref="Luma"/>.</summary>
    Grey,

    /// <summary>Its red part.</summary>
    Red,

    /// <summary>Its green part.</summary>
    Green,

    /// <summary>Its blue part.</summary>
    Blue,
}

/// <summary>Reads colours.</summary>
internal static class Lights
{
    /// <summary>The parts of a colour in the order of an image's bytes.</summary>
    public static readonly Light[] Colours = [Light.Red, Light.Green, Light.Blue];

    /// <summary>What a colour is read as, 0 to 255.</summary>
    public static byte From(this Light light, int red, int green, int blue) => light switch
    {
        Light.Red => (byte)red,
        Light.Green => (byte)green,
        Light.Blue => (byte)blue,
        _ => Luma.From(red, green, blue),
    };
}
