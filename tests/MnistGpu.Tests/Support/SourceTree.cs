namespace MnistGpu.Tests.Support;

/// <summary>Where the sources are, for tests about the sources themselves.</summary>
internal static class SourceTree
{
    public static string Root { get; } = Find();

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "MnistGpu.sln")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException($"No MnistGpu.sln above {AppContext.BaseDirectory}: this test reads the "
            + "sources, run it from a clone.");
    }
}
