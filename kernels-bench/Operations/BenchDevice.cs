using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using MnistGpu.Gpu;
using MnistGpu.Gpu.Devices;
using MnistGpu.Model;
using MnistGpu.Reference;
using MnistGpu.Simd;
using MnistGpu.Simd.Memory;
using MnistGpu.Simd.Vectors;

namespace MnistGpu.Bench.Operations;

/// <summary>An engine on its hardware, the operations it has alone, and what the hardware can do at best.</summary>
internal abstract class BenchDevice : IDisposable
{
    /// <summary>What the user calls it.</summary>
    public abstract string Name { get; }

    /// <summary>The hardware's own name.</summary>
    public abstract string Model { get; }

    /// <summary>The hardware and how it is used, for people.</summary>
    public abstract string Description { get; }

    /// <summary>Threads of the host that it computes with; 0 for a device of its own.</summary>
    public virtual int Threads => 0;

    /// <summary>Whether it is so slow that it runs smaller sizes, which are marked and compare with nothing.</summary>
    public virtual bool IsSlow => false;

    /// <summary>Opens devices by the user's list of names, or everything present where it is null.</summary>
    /// <param name="names">Joined by commas, or null.</param>
    /// <param name="threads">Threads of simd.</param>
    /// <param name="seconds">How long a row is timed.</param>
    /// <exception cref="UserErrorException">There is no such device.</exception>
    public static IReadOnlyList<BenchDevice> Open(string? names, int threads, double seconds)
    {
        var choices = names is null ? Engines.List() : [.. names.Split(',', StringSplitOptions.TrimEntries)
            .Select(Engines.Choose).DistinctBy(c => c.Name)];
        var infos = choices.All(c => c.Name is "simd" or "reference") ? [] : AcceleratorCatalog.List();
        return [.. choices.Select(choice => (BenchDevice)(choice.Name switch
        {
            "simd" => new SimdDevice(threads, seconds / 2),
            "reference" => new ReferenceDevice(),
            _ => new IlgpuDevice(infos.First(info => info.Name == choice.Name)),
        }))];
    }

    /// <summary>
    /// GFLOP/s of multiply-adds at best with so many threads, or null where nothing comparable is measured.
    /// </summary>
    public virtual double? PeakArithmetic(int threads) => null;

    /// <summary>GB/s of a copy that reads and writes so many bytes together, or null.</summary>
    public virtual double? PeakCopy(double bytes, int threads) => null;

    /// <summary>A new engine.</summary>
    public abstract INetworkEngine Engine(NetworkShape shape, int threads = 0);

    /// <summary>
    /// The ways to compute a product that run here, by name; one without a name where there is but one.
    /// </summary>
    public virtual IReadOnlyList<string> Rungs => [""];

    /// <summary>A product alone, by one of <see cref="Rungs"/>.</summary>
    public abstract Operation Product(KnownProduct product, string rung);

    /// <summary>The softmax alone.</summary>
    public abstract Operation Softmax(SoftmaxColumns columns);

    /// <summary>The update alone.</summary>
    public abstract Operation Update(ParameterUpdate update);

    /// <summary>Whether it can bend images apart from a step.</summary>
    public virtual bool Bends => false;

    /// <summary>The deformations alone, where it <see cref="Bends"/>.</summary>
    public virtual Operation Bend(BentDigits digits) => throw new NotSupportedException();

    /// <inheritdoc/>
    public virtual void Dispose() => GC.SuppressFinalize(this);
}

/// <summary>
/// The float64 reference: the oracle of every other row, itself proven by central differences in the tests.
/// </summary>
internal sealed class ReferenceDevice : BenchDevice
{
    public override string Name => "reference";

    public override string Model => CpuName.Read();

    public override string Description => $"{Model}, float64, one thread, the equations line by line";

    public override int Threads => 1;

    public override bool IsSlow => true;

    public override INetworkEngine Engine(NetworkShape shape, int threads = 0) => new ReferenceEngine(shape);

    public override Operation Product(KnownProduct product, string rung) => ReferenceOperation.Create(product);

    public override Operation Softmax(SoftmaxColumns columns) => ReferenceOperation.Create(columns);

    public override Operation Update(ParameterUpdate update) => ReferenceOperation.Create(update);

    public override bool Bends => true;

    public override Operation Bend(BentDigits digits) => new ReferenceBend(digits);
}

/// <summary>The SIMD engine.</summary>
internal sealed class SimdDevice(int threads, double peakSeconds) : BenchDevice
{
    private readonly Dictionary<int, double> arithmetic = [];
    private readonly Dictionary<(double, int), double> copies = [];
    private readonly Workers workers = new(threads);

    public override string Name => "simd";

    public override string Model => CpuName.Read();

    public override string Description =>
        $"{Model}, {RuntimeInformation.ProcessArchitecture}, {Environment.ProcessorCount} cores, "
        + $"{threads} thread{(threads == 1 ? "" : "s")}, {32 * (int)VectorWidths.Widest}-bit vectors, float32";

    public override int Threads => threads;

    /// <summary>How long to try for a peak.</summary>
    public double PeakSeconds => peakSeconds;

    public override double? PeakArithmetic(int threads)
    {
        if (!arithmetic.TryGetValue(threads, out var peak))
        {
            arithmetic[threads] = peak = CpuPeak.MultiplyAdd(VectorWidths.Widest, threads, PeakSeconds);
        }

        return peak;
    }

    public override double? PeakCopy(double bytes, int threads)
    {
        if (!copies.TryGetValue((bytes, threads), out var peak))
        {
            copies[(bytes, threads)] = peak = CpuPeak.Copy((long)bytes, threads, PeakSeconds);
        }

        return peak;
    }

    public override INetworkEngine Engine(NetworkShape shape, int threads = 0) =>
        SimdEngine.Create(shape, threads == 0 ? Threads : threads);

    public override Operation Product(KnownProduct product, string rung) => new SimdProduct(product, workers);

    public override Operation Softmax(SoftmaxColumns columns) => VectorWidths.Widest switch
    {
        VectorWidth.Bits512 => new SimdSoftmax<Vector512<float>, Ops512>(columns),
        VectorWidth.Bits256 => new SimdSoftmax<Vector256<float>, Ops256>(columns),
        VectorWidth.Bits128 => new SimdSoftmax<Vector128<float>, Ops128>(columns),
        _ => new SimdSoftmax<float, OpsScalar>(columns),
    };

    public override Operation Update(ParameterUpdate update) => VectorWidths.Widest switch
    {
        VectorWidth.Bits512 => new SimdUpdate<Vector512<float>, Ops512>(update),
        VectorWidth.Bits256 => new SimdUpdate<Vector256<float>, Ops256>(update),
        VectorWidth.Bits128 => new SimdUpdate<Vector128<float>, Ops128>(update),
        _ => new SimdUpdate<float, OpsScalar>(update),
    };

    public override bool Bends => true;

    public override Operation Bend(BentDigits digits) => new SimdBend(digits, workers);

    public override void Dispose()
    {
        workers.Dispose();
        base.Dispose();
    }
}
