namespace MnistGpu.Data;

/// <summary>A picture of many digits at once.</summary>
public static class ContactSheet
{
    /// <summary>Writes the first columns·rows images of the set as one PNG, row by row.</summary>
    /// <param name="path">The file to write.</param>
    /// <param name="set">The images.</param>
    /// <param name="columns">Images side by side.</param>
    /// <param name="rows">Images one above the other, at most: a short set makes a short sheet.</param>
    /// <param name="zoom">Pixels of the sheet along each side of an image's pixel.</param>
    public static void Write(string path, DigitSet set, int columns, int rows, int zoom = 2) => throw new NotImplementedException();
}
