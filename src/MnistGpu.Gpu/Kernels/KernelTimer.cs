using ILGPU.Runtime;

namespace MnistGpu.Gpu.Kernels;

/// <summary>
/// Times launches on the device itself, by a marker before and one after each. The host waits only where it has set so
/// many that the oldest must be read.
/// </summary>
internal sealed class KernelTimer(AcceleratorStream stream)
{
    // Thousands of unread events cost a driver memory and time.
    private const int MostUnread = 512;

    private readonly List<(Type Kernel, ProfilingMarker Before, ProfilingMarker After)> unread = new(MostUnread);
    private readonly Dictionary<Type, Sums> kernels = [];
    private ProfilingMarker? before;

    /// <summary>Whether launches are timed now.</summary>
    public bool IsOn { get; set; }

    /// <summary>Just before a launch.</summary>
    public void Begin() => before = stream.AddProfilingMarker();

    /// <summary>Just after it.</summary>
    public void End(Type kernel, KernelCost cost)
    {
        unread.Add((kernel, before!, stream.AddProfilingMarker()));
        before = null;
        if (!kernels.TryGetValue(kernel, out var sums))
        {
            kernels.Add(kernel, sums = new Sums());
        }

        sums.Launches++;
        sums.Bytes += cost.Bytes;
        sums.Flops += cost.Flops;
        if (unread.Count == MostUnread)
        {
            ReadMarkers();
        }
    }

    /// <summary>What was timed since the last call, the longest first; waits for the device.</summary>
    public IReadOnlyList<KernelTime> Read()
    {
        ReadMarkers();
        KernelTime[] times = [.. kernels
            .Select(k => new KernelTime(NameOf(k.Key), k.Value.Launches, k.Value.Time, k.Value.Bytes, k.Value.Flops))
            .OrderByDescending(k => k.Time).ThenBy(k => k.Kernel, StringComparer.Ordinal)];
        kernels.Clear();
        return times;
    }

    /// <summary>
    /// A kernel's name with its type arguments, as in C#: SumAndUpdate&lt;Lanes32Parts8, Adam&gt; rather than
    /// SumAndUpdate`2.
    /// </summary>
    internal static string NameOf(Type kernel)
    {
        var name = kernel.Name.Split('`')[0];
        return kernel.IsGenericType
            ? $"{name}<{string.Join(", ", kernel.GetGenericArguments().Select(NameOf))}>"
            : name;
    }

    private void ReadMarkers()
    {
        foreach (var (kernel, first, last) in unread)
        {
            last.Synchronize();
            kernels[kernel].Time += last.MeasureFrom(first);
            first.Dispose();
            last.Dispose();
        }

        unread.Clear();
    }

    private sealed class Sums
    {
        public long Launches { get; set; }

        public TimeSpan Time { get; set; }

        public double Bytes { get; set; }

        public double Flops { get; set; }
    }
}
