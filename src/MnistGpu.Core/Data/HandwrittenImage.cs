namespace MnistGpu.Data;

/// <summary>Turns a picture of one digit into an image as MNIST makes them.</summary>
public static class HandwrittenImage
{
    /// <summary>Reads a PNG, JPEG or BMP of any size; returns 784 pixels.</summary>
    public static byte[] Read(string path) => throw new NotImplementedException();

    /// <summary>Turns a grey picture, row by row, into 784 pixels.</summary>
    public static byte[] Prepare(ReadOnlySpan<byte> gray, int width, int height) => throw new NotImplementedException();
}
