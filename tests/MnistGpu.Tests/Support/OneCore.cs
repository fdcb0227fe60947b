using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;

namespace MnistGpu.Tests.Support;

/// <summary>
/// Keeps the threads of ILGPU's CPU accelerators on one core, on Linux. They wait for each other after every few
/// instructions; across two cores they spin while they wait, which took twice the time of the processor.
/// </summary>
internal static class OneCore
{
    private const string Tasks = "/proc/self/task";

    // Linux keeps so many letters of a thread's name.
    private const int NameLetters = 15;

    // Linux refuses this where there are more than 1,024 cores.
    private const int MaskBytes = 128;

    private static readonly PropertyInfo Number = typeof(Accelerator).GetProperty("InstanceId",
        BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)!;

    /// <summary>Keeps an accelerator's threads. They begin with its first kernel, so it gets one.</summary>
    public static void Keep(CPUAccelerator simulator)
    {
        var mask = new byte[MaskBytes];
        if (!OperatingSystem.IsLinux() || GetAffinity(0, MaskBytes, mask) < 0)
        {
            return;
        }

        using var nothing = simulator.Allocate1D<int>(1);
        simulator.LoadStreamKernel<ArrayView<int>>(view => view[0] = 0)(
            (1, simulator.MaxNumThreadsPerGroup), nothing.View.AsContiguous());
        simulator.Synchronize();
        var last = Array.FindLastIndex(mask, part => part != 0);
        var one = new byte[MaskBytes];
        one[last] = (byte)(1 << (int)Math.Log2(mask[last]));
        // As ILGPU calls them: ILGPU_25_CPU_0_7, by a number that it keeps to itself.
        var name = $"ILGPU_{Number.GetValue(simulator)}_CPU";
        name = name[..Math.Min(name.Length, NameLetters)];
        foreach (var thread in Directory.GetDirectories(Tasks)
            .Select(path => int.Parse(Path.GetFileName(path), CultureInfo.InvariantCulture))
            .Where(thread => NameOf(thread).StartsWith(name, StringComparison.Ordinal)))
        {
            _ = SetAffinity(thread, MaskBytes, one);
        }
    }

    private static string NameOf(int thread)
    {
        try
        {
            return File.ReadAllText($"{Tasks}/{thread}/comm");
        }
        catch (IOException)
        {
            // It has ended meanwhile.
            return "";
        }
    }

    [DllImport("libc", EntryPoint = "sched_getaffinity")]
    private static extern int GetAffinity(int thread, nint bytes, byte[] mask);

    [DllImport("libc", EntryPoint = "sched_setaffinity")]
    private static extern int SetAffinity(int thread, nint bytes, byte[] mask);
}
