using MnistGpu.Data;
using MnistGpu.Data.Sources;

namespace MnistGpu.Tests.Support;

/// <summary>
/// MNIST itself, where the environment says it is; a test that wants it is skipped elsewhere, and says so.
/// </summary>
internal static class RealMnist
{
    private static readonly Lazy<DigitData> Data = new(() =>
        DataSource.Load(Environment.GetEnvironmentVariable("MNISTGPU_DATA")!, new DataRequest(),
            CancellationToken.None));

    public static DigitData Load()
    {
        Assert.SkipUnless(Directory.Exists(Environment.GetEnvironmentVariable("MNISTGPU_DATA")),
            "needs MNISTGPU_DATA to name a folder of MNIST's files");
        return Data.Value;
    }
}
