using MnistGpu.Program.Settings;
using MnistGpu.Tests.Support;

namespace MnistGpu.Tests.Program;

/// <summary>What a printed command begins with starts this program again.</summary>
public sealed class StartedAsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("/usr/bin/dotnet", "/a/bin/mnistgpu.dll", "/a", "dotnet bin/mnistgpu.dll")]
    [InlineData("/a/b/mnistgpu", "/a/b/mnistgpu.dll", "/a/b", "./mnistgpu")]
    [InlineData("/a/b/mnistgpu", "/a/b/mnistgpu.dll", "/a", "b/mnistgpu")]
    [InlineData("/a/b/mnistgpu", "/a/b/mnistgpu.dll", "/c", "/a/b/mnistgpu")]
    [InlineData("/opt/bin/mnistgpu", "/opt/bin/mnistgpu.dll", "/a", "mnistgpu")]
    [InlineData("/a/tests/host", "/a/tests/host.dll", "/a", "mnistgpu")]
    public void AProgramIsNamedAsItsUserWouldTypeIt(string process, string first, string at, string expected)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs paths with slashes");
        Assert.Equal(expected,
            string.Join(' ', StartedAs.WordsFor(process, first, at, "/usr/bin:/opt/bin", byRun: false)));
    }

    [Theory]
    [InlineData("Release", "dotnet run -c Release --project src/Program --")]
    [InlineData("Debug", "dotnet run --project src/Program --")]
    public void WhatDotnetRunStartedIsStartedByDotnetRun(string configuration, string expected)
    {
        var bin = Directory.CreateDirectory(folder.File(Path.Combine("src", "Program", "bin", configuration, "net10")));
        File.WriteAllText(folder.File(Path.Combine("src", "Program", "Program.csproj")), "");
        var program = Path.Combine(bin.FullName, "mnistgpu");
        var words = StartedAs.WordsFor(program, program + ".dll", folder.Path, "", byRun: true);
        Assert.Equal(expected, string.Join(' ', words).Replace('\\', '/'));
    }

    [Fact]
    public void AValueWithAHyphenStaysAValue() =>
        Assert.Equal(["--save=-m", "--quiet"], CommandText.Words(new Dictionary<string, string?>
        {
            ["--save"] = "-m",
            ["--quiet"] = null,
        }));
}
