using MnistGpu.Bench.Measuring;
using MnistGpu.Bench.Operations;
using MnistGpu.Data;
using MnistGpu.Gpu.Devices;
using MnistGpu.Gpu.Kernels.Products;

namespace MnistGpu.Bench.Ladder;

/// <summary>One operation on one device.</summary>
internal sealed record Row
{
    public required string Operation { get; init; }

    public required string Size { get; init; }

    public required string Device { get; init; }

    /// <summary>Host threads, or null for a device of its own.</summary>
    public int? Threads { get; init; }

    /// <summary>Whether the size is a smaller one, for a slow device.</summary>
    public bool Smaller { get; init; }

    /// <summary>The comparison with the reference.</summary>
    public Check? Check { get; init; }

    /// <summary>Seconds per run, where the verification passed.</summary>
    public Spread? Seconds { get; init; }

    public double? GflopsPerSecond { get; init; }

    public double? GigabytesPerSecond { get; init; }

    public double? ImagesPerSecond { get; init; }

    /// <summary>
    /// The rate as a share of what this device did at best: multiply-adds, or a copy of as many bytes.
    /// </summary>
    public double? ShareOfPeak { get; init; }

    /// <summary>Why it failed.</summary>
    public string? Failure { get; init; }
}

/// <summary>Every operation on every device: verified first, then timed.</summary>
internal sealed class LadderRows(IReadOnlyList<BenchDevice> devices, Func<DigitSet> images, string filter,
    double seconds)
{
    private static readonly (ProductKind Kind, int Rows, int Inner, int M)[] Products =
    [
        (ProductKind.WeightsTimesActivations, 10, 784, 41_000), (ProductKind.ErrorsTimesActivations, 10, 784, 41_000),
        (ProductKind.WeightsTimesActivations, 128, 784, 128), (ProductKind.ErrorsTimesActivations, 128, 784, 128),
        (ProductKind.WeightsTimesActivations, 800, 784, 256), (ProductKind.ErrorsTimesActivations, 800, 784, 256),
        (ProductKind.WeightsTimesActivations, 800, 800, 256), (ProductKind.TransposedWeightsTimesErrors, 800, 800, 256),
            (ProductKind.ErrorsTimesActivations, 800, 800, 256),
        (ProductKind.WeightsTimesActivations, 512, 512, 512), (ProductKind.WeightsTimesActivations, 1024, 1024, 1024),
    ];

    private static readonly (ProductKind Kind, int Rows, int Inner, int M)[] SmallerProducts =
        [(ProductKind.WeightsTimesActivations, 32, 128, 32), (ProductKind.TransposedWeightsTimesErrors, 32, 128, 32),
            (ProductKind.ErrorsTimesActivations, 32, 128, 32),
            (ProductKind.WeightsTimesActivations, 10, 784, 1000), (ProductKind.ErrorsTimesActivations, 10, 784, 1000),
            (ProductKind.WeightsTimesActivations, 256, 256, 256),
                (ProductKind.TransposedWeightsTimesErrors, 256, 256, 256),
                (ProductKind.ErrorsTimesActivations, 256, 256, 256)];

    private static readonly int[] SoftmaxColumnCounts = [41_000];
    private static readonly int[] SmallerSoftmaxColumnCounts = [1_000];

    /// <summary>Rows in the order in which they are measured; the next is measured when it is asked for.</summary>
    public IEnumerable<Row> Run()
    {
        foreach (var smaller in (bool[])[false, true])
        {
            var present = devices.Where(device => device.IsSlow == smaller).ToArray();
            foreach (var (kind, rows, inner, m) in smaller ? SmallerProducts : Products)
            {
                var product = new Lazy<KnownProduct>(() => new KnownProduct(kind, rows, inner, m));
                foreach (var device in present)
                {
                    foreach (var rung in device.Rungs)
                    {
                        var name = KnownProduct.Name(kind) + (rung.Length > 0 ? $", {rung}" : "");
                        foreach (var row in Rows([device], smaller, name, $"{rows:N0} × {inner:N0} × {m:N0}", d =>
                            d.Product(product.Value, rung)))
                        {
                            yield return row;
                        }
                    }
                }
            }

            foreach (var m in smaller ? SmallerSoftmaxColumnCounts : SoftmaxColumnCounts)
            {
                var columns = new Lazy<SoftmaxColumns>(() => new SoftmaxColumns(10, m));
                foreach (var row in Rows(present, smaller, "A = softmax(Z)", $"10 × {m:N0}", d =>
                    d.Softmax(columns.Value)))
                {
                    yield return row;
                }
            }

            var count = (int)TrainingJob.All[smaller ? 0 : 2].Shape.ParameterCount;
            var update = new Lazy<ParameterUpdate>(() => new ParameterUpdate(count));
            foreach (var row in Rows(present, smaller, "W := W − α·dW", $"{count:N0}", d => d.Update(update.Value)))
            {
                yield return row;
            }

            foreach (var (name, ranges) in BentDigits.Ranges)
            {
                var digits = new Lazy<BentDigits>(() => new BentDigits(images(), ranges, smaller));
                foreach (var row in Rows([.. present.Where(d => d.Bends)], smaller, "bend images", name, d =>
                    d.Bend(digits.Value)))
                {
                    yield return row;
                }
            }

            foreach (var job in smaller ? TrainingJob.Smaller : TrainingJob.All)
            {
                var reference = new Lazy<StepReference>(() => new StepReference(job, images()));
                foreach (var row in Rows(present, smaller, "training step", job.Size, Step(job, reference)))
                {
                    yield return row;
                }
            }
        }
    }

    private Func<BenchDevice, Operation> Step(TrainingJob job, Lazy<StepReference> reference) => device =>
    {
        var engine = device.Engine(job.Shape);
        try
        {
            return new StepOperation(new TrainingLoop(engine, job, images()), job, reference.Value, device.Threads);
        }
        catch
        {
            engine.Dispose();
            throw;
        }
    };

    private IEnumerable<Row> Rows(BenchDevice[] present, bool smaller, string operation, string size,
        Func<BenchDevice, Operation> make)
    {
        foreach (var device in present)
        {
            var row = new Row { Operation = operation, Size = size, Device = device.Name, Smaller = smaller };
            if (Matches(filter, operation, size, device.Name))
            {
                yield return Measure(row, device, make);
            }
        }
    }

    /// <summary>Whether a row is asked for: the filter's text occurs in its names.</summary>
    public static bool Matches(string filter, params ReadOnlySpan<string> names) =>
        string.Join(' ', names).Contains(filter, StringComparison.OrdinalIgnoreCase);

    private Row Measure(Row row, BenchDevice device, Func<BenchDevice, Operation> make)
    {
        Operation operation;
        try
        {
            operation = make(device);
        }
        catch (UserErrorException e) when (e.InnerException is DeviceMemoryException)
        {
            return row with { Failure = e.Message.ReplaceLineEndings(";") };
        }

        using (operation)
        {
            row = row with { Threads = operation.Threads == 0 ? null : operation.Threads, Check = operation.Verify() };
            if (!row.Check.Value.Passed)
            {
                return row with
                {
                    Failure = $"off by {row.Check.Value.Error:G3} where float32 explains "
                    + $"{row.Check.Value.Bound:G3}"
                };
            }

            try
            {
                return Rated(row with { Seconds = Timing.Measure(operation.Run, seconds) }, operation, device);
            }
            catch (NotFiniteNumberException e)
            {
                return row with { Failure = e.Message };
            }
        }
    }

    private static Row Rated(Row row, Operation operation, BenchDevice device)
    {
        var median = row.Seconds!.Value.Median;
        if (operation.Flops > 0)
        {
            var rate = operation.Flops / median / 1e9;
            return row with { GflopsPerSecond = rate, ShareOfPeak = rate / device.PeakArithmetic(operation.Threads) };
        }

        if (operation.Images > 0)
        {
            return row with { ImagesPerSecond = operation.Images / median };
        }

        var bandwidth = operation.Bytes / median / 1e9;
        return row with
        {
            GigabytesPerSecond = bandwidth,
            ShareOfPeak = bandwidth / device.PeakCopy(operation.Bytes, operation.Threads)
        };
    }
}
