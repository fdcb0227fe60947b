using System.Diagnostics;
using System.Globalization;
using MnistGpu.Tests.Support;

namespace MnistGpu.Tests.Fuzz;

/// <summary>
/// Every reader of what others may have written, fed with damaged inputs: it answers or refuses in its own words, soon
/// and in little memory. MNISTGPU_FUZZ names how many inputs each reader gets, instead of 2,000.
/// </summary>
public sealed class FuzzTests : IDisposable
{
    private const long Room = 64 << 20;
    private const int PerByte = 10;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly TemporaryFolder folder = TemporaryFolder.InMemory();

    public void Dispose() => folder.Dispose();

    public static TheoryData<string> Readers => [.. FuzzReaders.Names];

    [Theory]
    [MemberData(nameof(Readers))]
    public void DamagedInputsAreReadOrRefused(string name)
    {
        var reader = FuzzReaders.Named(name, folder);
        Assert.All(reader.Valid, input => Assert.Null(Record.Exception(() => reader.Read(input))));
        var inputs = int.TryParse(Environment.GetEnvironmentVariable("MNISTGPU_FUZZ"), NumberStyles.None,
            CultureInfo.InvariantCulture, out var asked) ? asked : 2000;
        var at = 0;
        var run = new Run();
        var thread = new Thread(() =>
        {
            for (var seed = 0; seed < inputs && run.Fault is null; seed++)
            {
                Volatile.Write(ref at, seed);
                run.Try(reader, seed);
            }
        });
        thread.IsBackground = true;
        thread.Start();
        for (var before = -1; !thread.Join(TimeSpan.FromSeconds(20)); before = at)
        {
            Assert.True(Volatile.Read(ref at) != before, $"{name}, seed {at}: it has not ended");
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{name}: {inputs} inputs, {run.Accepted} accepted; slowest "
            + $"{run.Slowest.TotalMilliseconds:0.0} ms (seed {run.SlowestSeed}), most memory {run.Largest:N0} bytes "
            + $"(seed {run.LargestSeed})");
        Assert.True(run.Fault is null, $"{name}, {run.Fault}");
        Assert.True(run.Accepted < inputs, $"{name} accepted every damaged input");
    }

    [Fact]
    public void AReaderThatFailsIsNamedWithItsSeed()
    {
        var run = new Run();
        run.Try(new FuzzReader("bad", [[1, 2, 3]], _ => throw new InvalidOperationException("no")), 5);
        Assert.Contains("seed 5: System.InvalidOperationException", run.Fault, StringComparison.Ordinal);
        run = new Run();
        run.Try(new FuzzReader("large", [[1, 2, 3]], _ => GC.KeepAlive(new byte[Room + (1 << 20)])), 6);
        Assert.Contains("seed 6: ", run.Fault, StringComparison.Ordinal);
        Assert.Contains("bytes allocated", run.Fault, StringComparison.Ordinal);
    }

    /// <summary>What was seen so far.</summary>
    private sealed class Run
    {
        public string? Fault { get; private set; }

        public int Accepted { get; private set; }

        public TimeSpan Slowest { get; private set; }

        public int SlowestSeed { get; private set; }

        public long Largest { get; private set; }

        public int LargestSeed { get; private set; }

        public void Try(FuzzReader reader, int seed)
        {
            var input = Mutation.Draw(reader.Valid, seed);
            var (time, bytes) = Read(reader, input, seed);
            // A busy machine may stop a thread for seconds: what was slow is tried again.
            for (var again = 0; again < 3 && time > Patience; again++)
            {
                time = Read(reader, input, seed).Time;
            }

            (Slowest, SlowestSeed) = time > Slowest ? (time, seed) : (Slowest, SlowestSeed);
            (Largest, LargestSeed) = bytes > Largest ? (bytes, seed) : (Largest, LargestSeed);
            Fault ??= time > Patience ? $"seed {seed}: {time.TotalSeconds:0.0} s"
                : bytes > Room + PerByte * (long)input.Length
                    ? $"seed {seed}: {bytes:N0} bytes allocated for {input.Length:N0}" : null;
        }

        private (TimeSpan Time, long Bytes) Read(FuzzReader reader, byte[] input, int seed)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            var start = Stopwatch.GetTimestamp();
            try
            {
                reader.Read(input);
                Accepted++;
            }
            catch (Exception e) when (FuzzReader.IsDocumented(e))
            {
            }
            catch (Exception e)
            {
                Fault = $"seed {seed}: {e}";
            }

            return (Stopwatch.GetElapsedTime(start), GC.GetAllocatedBytesForCurrentThread() - before);
        }
    }
}
