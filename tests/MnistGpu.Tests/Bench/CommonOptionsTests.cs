using MnistGpu.Bench.Measuring;

namespace MnistGpu.Tests.Bench;

public sealed class CommonOptionsTests
{
    [Theory]
    [InlineData("/some/where", "peers --data /some/where --seconds 2", "peers --data FOLDER --seconds 2")]
    [InlineData("/some/where", "--data=/some/where --results", "--data=FOLDER --results")]
    [InlineData("synthetic", "--data synthetic", "--data synthetic")]
    public void TheCommandTellsNoPath(string data, string asked, string told) =>
        Assert.Equal($"dotnet run -c Release --project kernels-bench -- {told}",
            CommonOptions.Create(2, 1, data, json: false, results: true, asked.Split(' ')).CommandLine);
}
