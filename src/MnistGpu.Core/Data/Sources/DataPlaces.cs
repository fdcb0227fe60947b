namespace MnistGpu.Data.Sources;

/// <summary>Where auto looks for MNIST, in this order.</summary>
/// <param name="Variable">What the user's environment names; it must then be usable. Null or empty for nothing.</param>
/// <param name="Folder">The folder that may hold MNIST.</param>
/// <param name="Cache">The folder of earlier downloads.</param>
/// <param name="Fetch">Downloads MNIST and returns the folder; null where the user wants no network.</param>
internal sealed record DataPlaces(string? Variable, string Folder, string Cache,
    Func<DataRequest, CancellationToken, string>? Fetch)
{
    /// <summary>Downloads another data set into a folder; null where the user wants no network.</summary>
    public Func<DataManifest, string, DataRequest, CancellationToken, string>? FetchSet { get; init; }

    /// <summary>
    /// $MNISTGPU_DATA, data/ in the current folder, the user's cache, the mirrors unless MNISTGPU_OFFLINE is 1.
    /// </summary>
    public static DataPlaces OfThisMachine => new(
        Environment.GetEnvironmentVariable("MNISTGPU_DATA"),
        "data",
        Downloader.CacheFolder,
        IsOffline ? null : Downloader.Fetch)
    {
        FetchSet = IsOffline ? null : Downloader.Fetch,
    };

    /// <summary>Where a data set that is known by name is kept: MNIST's files lie in the cache itself.</summary>
    public string FolderOf(DataManifest manifest) =>
        manifest == DataManifest.Mnist ? Cache : Path.Combine(Cache, manifest.Word);

    private static bool IsOffline => Environment.GetEnvironmentVariable("MNISTGPU_OFFLINE") == "1";
}
