namespace MnistGpu.Data;

/// <summary>Brings the MNIST files into the user's cache.</summary>
public static class Downloader
{
    /// <summary>Where downloads are kept.</summary>
    public static string CacheFolder => throw new NotImplementedException();

    /// <summary>Brings the files that are missing there into the cache; returns the folder.</summary>
    public static string Fetch(DataRequest request, CancellationToken cancel) => throw new NotImplementedException();
}
