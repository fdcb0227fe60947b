using System.Diagnostics;
using MnistGpu.Tests.Packages;
using MnistGpu.Tests.Support;

namespace MnistGpu.Tests.Docs;

/// <summary>The site of the pages and of the library's types, as docfx makes it.</summary>
public sealed class SiteTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    /// <summary>docfx tells of every link that leads nowhere, in pages and in the docs of types.</summary>
    [Fact]
    public void ItIsBuiltWithoutAWarning()
    {
        var dotnet = new Dotnet(folder) { KeepsPackages = true };
        dotnet.Done(SourceTree.Root, "dotnet", "tool", "restore");
        var watch = Stopwatch.StartNew();
        dotnet.Done(SourceTree.Root, "dotnet", "docfx", "docfx.json", "--warningsAsErrors", "--output",
            folder.File("site"));
        TestContext.Current.TestOutputHelper?.WriteLine($"docfx took {watch.Elapsed.TotalSeconds:0} s");
        var site = folder.File("site");
        foreach (var page in (string[])["index.html", "docs/library.html", "api/MnistGpu.Network.html",
            "api/MnistGpu.TrainingOptions.html", "api/MnistGpu.Dataset.html", "api/MnistGpu.ImageSet.html"])
        {
            Assert.Contains(Directory.GetFiles(site, "*.html", SearchOption.AllDirectories),
                file => file.Replace('\\', '/').EndsWith("/" + page, StringComparison.Ordinal));
        }
    }
}
