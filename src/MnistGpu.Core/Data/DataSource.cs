namespace MnistGpu.Data;

/// <summary>Finds and reads the images that a user names with --data.</summary>
public static class DataSource
{
    /// <summary>Loads auto, synthetic, a folder of IDX files, a CSV file, or a folder with ten folders 0..9 of PNGs.</summary>
    public static DigitData Load(string data, DataRequest request, CancellationToken cancel) => throw new NotImplementedException();
}
