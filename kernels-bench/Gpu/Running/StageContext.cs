using System.Diagnostics;
using MnistGpu.Data;
using MnistGpu.Data.Sources;
using MnistGpu.Gpu;
using MnistGpu.Gpu.Devices;

namespace MnistGpu.Bench.Gpu.Running;

/// <summary>What a stage's pieces work with: the device, the images, the time, and what earlier stages found.</summary>
internal sealed class StageContext : IDisposable
{
    private readonly List<IDisposable> others = [];
    private readonly long start = Stopwatch.GetTimestamp();
    private readonly double late;
    private readonly Lazy<GpuDevice> device;
    private readonly Lazy<DigitData> data;
    private double pieceEnd;
    private double pieceShare;

    /// <param name="folder">Where the results are.</param>
    /// <param name="deviceName">What the user calls the device.</param>
    /// <param name="source">Where the images come from, as <c>--data</c> has it.</param>
    /// <param name="seconds">How long the stage may take.</param>
    /// <param name="begun">
    /// Since when, in milliseconds since the system's start (<see cref="Environment.TickCount64"/>), which all
    /// processes count alike; null for now.
    /// </param>
    /// <param name="workFolder">The folder for what only the stage needs; null for one of its own.</param>
    public StageContext(string folder, string deviceName, string source, double seconds, long? begun = null,
        string? workFolder = null)
    {
        (Folder, DeviceName, Source, Seconds, pieceEnd) = (folder, deviceName, source, seconds, seconds);
        late = begun is { } tick ? Math.Max(0, Environment.TickCount64 - tick) / 1000.0 : 0;
        if (workFolder is not null)
        {
            WorkFolder = workFolder;
        }

        device = new(() => Info.Open());
        data = new(() => DataSource.Load(source, new DataRequest(), default));
    }

    public string Folder { get; }

    public string DeviceName { get; }

    public string Source { get; }

    public double Seconds { get; }

    /// <summary>The device, described without opening it.</summary>
    public AcceleratorInfo Info => field ??= (AcceleratorInfo)Engines.Choose(DeviceName);

    /// <summary>The device, open.</summary>
    public GpuDevice Device => device.Value;

    /// <summary>The images.</summary>
    public DigitData Data => data.Value;

    /// <summary>Seconds left to the stage.</summary>
    public double Left => Seconds - late - Stopwatch.GetElapsedTime(start).TotalSeconds;

    /// <summary>Seconds left to the piece under way.</summary>
    public double PieceLeft => Math.Max(0, pieceEnd - Seconds + Left);

    /// <summary>
    /// Seconds that the piece under way takes for what it can do for as long as it likes: its share as it began, and
    /// never more than half of what it has left.
    /// </summary>
    public double PieceShare => Math.Min(pieceShare, PieceLeft) / 2;

    /// <summary>Begins a piece.</summary>
    /// <param name="share">Its share of the time that is left.</param>
    /// <param name="most">The share that it may take if it must.</param>
    /// <returns>How many seconds these are.</returns>
    public double Begin(double share, double most)
    {
        var left = Left;
        var seconds = Math.Max(0, left * Math.Max(share, most));
        pieceShare = Math.Max(0, left * share);
        pieceEnd = Seconds - left + seconds;
        return seconds;
    }

    /// <summary>Where a stage may put what only it needs: gone when it ends, however it ends.</summary>
    public string WorkFolder
    {
        get => field ??= Own(new WorkFolder()).Path;
        private init;
    }

    /// <summary>Leaves something to be disposed of with the stage.</summary>
    public T Own<T>(T owned)
        where T : IDisposable
    {
        others.Add(owned);
        return owned;
    }

    /// <summary>What another stage has written; an empty record where it has nothing.</summary>
    public StageRecord Other(string stage) => StageRecord.Load(Folder, stage) ?? new StageRecord(stage);

    /// <inheritdoc/>
    public void Dispose()
    {
        // The latest first: it may stand on an earlier one, as a peer does on the folder with its scripts.
        foreach (var owned in others.AsEnumerable().Reverse())
        {
            owned.Dispose();
        }

        if (device.IsValueCreated)
        {
            device.Value.Dispose();
        }
    }
}
