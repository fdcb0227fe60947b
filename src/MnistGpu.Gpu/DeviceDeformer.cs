using ILGPU;
using ILGPU.Runtime;
using MnistGpu.Deformations;
using MnistGpu.Gpu.Devices;
using MnistGpu.Gpu.Kernels;
using MnistGpu.Gpu.Memory;

namespace MnistGpu.Gpu;

/// <summary>
/// Deforms the images of a chunk on the device, as launches: to the bytes that <see cref="DeformationTables"/> says.
/// Waits for nothing.
/// </summary>
internal sealed class DeviceDeformer(GpuDevice device, Identity identity) : IDisposable
{
    // Elements of the two fields of the images deformed at once: 64 MB of them and of their random bytes at most.
    private const int MaxElements = 1 << 24;
    private const int MaxImages = 4096;

    private readonly GrowingBuffer<int> weights = new(device);
    private readonly GrowingBuffer<uint> random = new(device);
    private readonly GrowingBuffer<short> smoothed = new(device);
    private readonly GrowingBuffer<AffineMap> maps = new(device);
    private readonly GrowingBuffer<byte> deformedMemory = new(device);
    private ArrayView<int> first;
    private ArrayView<int> second;
    private DeformationTables? tables;
    private ulong seed;

    /// <summary>Works out and uploads the tables of what the steps from now on bend; null for nothing.</summary>
    public void Load(Deformation? deformation, ulong seed, int inputs)
    {
        this.seed = seed;
        tables = deformation is null ? null : new DeformationTables(deformation, inputs);
        if (tables is null)
        {
            return;
        }

        var stream = device.Accelerator.DefaultStream;
        var side = Math.Max(tables.Width, tables.Height);
        var both = weights.Reserve(2 * side);
        (first, second) = (both.SubView(0, side), both.SubView(side, side));
        if (tables.Elastic is { } elastic)
        {
            first.CopyFromCPU(stream, elastic.First);
            second.CopyFromCPU(stream, elastic.Second);
        }
    }

    /// <summary>Whether images are deformed at all.</summary>
    public bool IsOn => tables is not null;

    /// <summary>Bytes of device memory that deforming m images at a time takes.</summary>
    public long BytesFor(int m)
    {
        if (tables is null)
        {
            return 0;
        }

        var pixels = tables.Pixels;
        var atOnce = AtOnce(m, pixels);
        var elastic = tables.Elastic is null
            ? sizeof(short) : atOnce * (2L * sizeof(short) * pixels + 4L * sizeof(uint) * tables.FieldCounters);
        return 2L * sizeof(int) * Math.Max(tables.Width, tables.Height) + (long)m * pixels
            + atOnce * (long)Interop.SizeOf<AffineMap>() + elastic;
    }

    /// <summary>
    /// The pixels of these training images: deformed in this epoch, or the images themselves where nothing is
    /// deformed.
    /// </summary>
    public Pixels Take(DeviceImages training, ArrayView<int> images, uint epoch)
    {
        if (tables is null)
        {
            return new Pixels(training.X, images);
        }

        var m = images.IntLength;
        var pixels = tables.Pixels;
        var atOnce = AtOnce(m, pixels);
        var deformed = deformedMemory.Reserve(m * pixels);
        for (var from = 0; from < m; from += atOnce)
        {
            var count = Math.Min(atOnce, m - from);
            Deform(tables, training, images.SubView(from, count), epoch,
                deformed.SubView(from * pixels, count * pixels));
        }

        return new Pixels(deformed, identity.Reserve(m));
    }

    public void Dispose()
    {
        foreach (var memory in (ReadOnlySpan<IDisposable>)[weights, random, smoothed, maps, deformedMemory])
        {
            memory.Dispose();
        }
    }

    private void Deform(
        DeformationTables tables, DeviceImages training, ArrayView<int> images, uint epoch, ArrayView<byte> deformed)
    {
        var kernels = device.Launcher;
        int width = tables.Width, height = tables.Height, pixels = tables.Pixels, m = images.IntLength;
        var drawn = maps.Reserve(m);
        kernels.Launch(m, new DrawMaps(drawn, images, training.Labels, tables.Ranges, width, height, seed, epoch));
        var T = smoothed.Reserve(tables.Elastic is null ? 1 : 2 * pixels * m);
        if (tables.Elastic is not null)
        {
            var counters = tables.FieldCounters;
            var words = random.Reserve(4 * counters * m);
            kernels.Launch(counters * m, new DrawFields(words, images, counters, seed, epoch));
            kernels.Launch(2 * pixels * m, new SmoothColumns(
                words.Cast<byte>(), first, T, width, height, counters * DeformationTables.BytesPerCounter));
        }

        kernels.Launch(pixels * m,
            new DeformImages(T, second, tables.Elastic?.SecondShift ?? 0, drawn, training.X, images, deformed, width,
                height));
    }

    private static int AtOnce(int m, int pixels) => Math.Min(m, Math.Clamp(MaxElements / (2 * pixels), 1, MaxImages));
}
