using System.Diagnostics;
using System.Runtime.Intrinsics.X86;
using System.Text.Json;
using MnistGpu.Bench.Peers;
using MnistGpu.Tests.Support;

namespace MnistGpu.Tests.Bench;

/// <summary>The bench as its user starts it.</summary>
public sealed class BenchProcessTests
{
    [Fact]
    public async Task JsonIsOneObjectWithTheRowsAskedFor()
    {
        var (code, output, error) = await Run("--device", "simd,reference", "--filter", "softmax", "--seconds", "0.01",
            "--threads", "2", "--json");
        Assert.True(code == 0, error);
        var root = JsonDocument.Parse(output).RootElement;
        Assert.Equal(0, root.GetProperty("failed").GetInt32());
        var rows = root.GetProperty("rows").EnumerateArray().ToArray();
        Assert.Equal(["simd", "reference"], rows.Select(row => row.GetProperty("device").GetString()));
        Assert.All(rows, row =>
        {
            Assert.Contains("softmax", row.GetProperty("operation").GetString(), StringComparison.Ordinal);
            Assert.True(row.GetProperty("check").GetProperty("passed").GetBoolean());
            Assert.True(row.GetProperty("seconds").GetProperty("median").GetDouble() > 0);
            Assert.True(row.GetProperty("gigabytesPerSecond").GetDouble() > 0);
        });
        Assert.True(rows[0].GetProperty("shareOfPeak").GetDouble() > 0);
        Assert.Contains(root.GetProperty("peaks").EnumerateArray(), peak => peak.GetProperty("unit")
            .GetString() == "GFLOP/s" && peak.GetProperty("rate").GetDouble() > 0);
        Assert.NotEqual("", root.GetProperty("machine").GetProperty("cpu").GetString());
    }

    [Fact]
    public async Task APeerMakesTheSameProductAndIsTimedInTurn()
    {
        Assert.SkipUnless(HasNumPy(), "needs a Python with NumPy: Debian's python3-numpy");
        var (code, output, error) = await Run("peers", "--filter", "SGEMM 128", "--seconds", "0.01", "--rounds", "3",
            "--json");
        Assert.True(code == 0, error);
        var root = JsonDocument.Parse(output).RootElement;
        Assert.Empty(root.GetProperty("refused").EnumerateArray());
        var comparison = Assert.Single(root.GetProperty("comparisons").EnumerateArray());
        Assert.Equal("NumPy float32", comparison.GetProperty("peer").GetString());
        Assert.Equal(3, comparison.GetProperty("ratio").GetProperty("count").GetInt32());
        Assert.True(comparison.GetProperty("ours").GetProperty("median").GetDouble() > 0);
        Assert.Equal(PeerLimit.Here is not null, root.TryGetProperty("limit", out _));
    }

    /// <summary>What the peer itself says of its kernels and loops, not what it was told.</summary>
    [Theory]
    [InlineData("DOTNET_EnableAVX512", 256, "Haswell", "AVX512")]
    [InlineData("DOTNET_EnableAVX2", 128, "Nehalem", "AVX")]
    public async Task APeerUsesNoMoreThanOurNarrowedVectors(string variable, int bits, string core, string without)
    {
        Assert.SkipUnless(HasNumPy(), "needs a Python with NumPy: Debian's python3-numpy");
        Assert.SkipUnless(bits == 256 ? Avx512BW.IsSupported : Avx2.IsSupported, "needs wider vectors here");
        var (code, output, error) = await Run([(variable, "0")], "peers", "--filter", "SGEMM 128", "--seconds", "0.01",
            "--rounds", "1", "--threads", "1", "--json");
        Assert.Equal((0, ""), (code, error));
        var root = JsonDocument.Parse(output).RootElement;
        Assert.StartsWith($"peers limited to {bits}-bit vectors, as ours are by {variable}=0: ",
            root.GetProperty("limit").GetString(), StringComparison.Ordinal);
        var peer = Assert.Single(root.GetProperty("peers").EnumerateArray());
        Assert.Equal(core, peer.GetProperty("core").GetString());
        Assert.DoesNotContain(without, peer.GetProperty("loops").GetString(), StringComparison.Ordinal);
        Assert.Equal("1", Assert.Single(root.GetProperty("comparisons").EnumerateArray()).GetProperty("peerThreads")
            .GetString());
    }

    [Fact]
    public async Task EveryFormatIsReadBackAndTimed()
    {
        var (code, output, error) = await Run("read", "--data", Path.Combine(SourceTree.Root, "data", "sample", "idx"),
            "--seconds", "0.01", "--json");
        Assert.True(code == 0, error);
        var rows = JsonDocument.Parse(output).RootElement.GetProperty("rows").EnumerateArray().ToArray();
        Assert.Equal(["train.csv", "IDX", ".npz, stored", ".npz, deflated", "folders of PNG",
            "folders of PNG in a .zip"], rows.Select(row => row.GetProperty("format").GetString()));
        Assert.All(rows, row => Assert.True(row.GetProperty("seconds").GetDouble() > 0
            && row.GetProperty("bytes").GetInt64() > 0 && row.GetProperty("images").GetInt32() > 0));
    }

    [Fact]
    public async Task AnswersAreTimedBesideOnnxRuntimes()
    {
        var (code, output, error) = await Run("answers", "--data",
            Path.Combine(SourceTree.Root, "data", "sample", "idx"), "--seconds", "0.01", "--json");
        Assert.True(code == 0, error);
        var rows = JsonDocument.Parse(output).RootElement.GetProperty("rows").EnumerateArray().ToArray();
        Assert.Equal(8, rows.Length);
        Assert.All(rows[..2], row => Assert.True(row.GetProperty("warmMilliseconds").GetDouble() > 0
            && row.GetProperty("coldMilliseconds").GetDouble() > 0));
        Assert.All(rows[2..], row => Assert.True(row.GetProperty("answersPerSecond").GetDouble() > 0
            && row.GetProperty("onnxRuntimePerSecond").GetDouble() > 0));
    }

    [Theory]
    [InlineData("There is no device 'abacus' here", "--device", "abacus")]
    [InlineData("No row has this text", "--device", "reference", "--filter", "no such row")]
    [InlineData("This time cannot be measured for", "--seconds", "0")]
    [InlineData("This number of threads cannot be used", "--threads", "-1")]
    [InlineData("There is no NumPy to compare with", "peers", "--python", "no-such-python")]
    [InlineData("This number of clients cannot be", "serve-latency", "--clients", "0")]
    [InlineData("This is no address", "serve-latency", "here")]
    [InlineData("Nobody answers", "serve-latency", "http://127.0.0.1:1/", "--clients", "1", "--seconds", "0.01")]
    [InlineData("This number of rounds cannot be taken", "peers", "--rounds", "0")]
    public async Task BadInputIsNamedAndEndsWithTwo(string message, params string[] arguments)
    {
        var (code, output, error) = await Run(arguments);
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output + error, StringComparison.Ordinal);
        Assert.Equal(2, code);
    }

    private static bool HasNumPy()
    {
        try
        {
            PeerProcess.Find(null);
            return true;
        }
        catch (UserErrorException)
        {
            return false;
        }
    }

    internal static Task<(int Code, string Output, string Error)> Run(params string[] arguments) => Run([], arguments);

    private static async Task<(int Code, string Output, string Error)> Run((string Name, string Value)[] variables,
        params string[] arguments)
    {
        var cancel = TestContext.Current.CancellationToken;
        var start = new ProcessStartInfo("dotnet",
            [Path.Combine(AppContext.BaseDirectory, "kernels-bench.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = System.Text.Encoding.UTF8,
        };
        // Switches of the shell that runs the tests would narrow these runs, too.
        foreach (var name in start.Environment.Keys.Where(name => variables.Length > 0
            && name.StartsWith("DOTNET_Enable", StringComparison.Ordinal)).ToArray())
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in variables)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(cancel);
        var error = process.StandardError.ReadToEndAsync(cancel);
        await process.WaitForExitAsync(cancel);
        return (process.ExitCode, await output, await error);
    }
}
