using System.Globalization;
using System.Runtime.InteropServices;

namespace MnistGpu.Tests.Support;

/// <summary>
/// Keeps the threads of ILGPU's CPU accelerators on one core, on Linux. They wait for each other after every few
/// instructions; across two cores they spin while they wait, which took twice the time of the processor.
/// </summary>
internal static class OneCore
{
    private const string Tasks = "/proc/self/task";

    // As ILGPU calls the threads of an accelerator: ILGPU_25_CPU_0_7, of which Linux keeps fifteen letters.
    private const string Begin = "ILGPU_", Kind = "_CPU_";

    // Linux refuses this where there are more than 1,024 cores.
    private const int MaskBytes = 128;

    private static readonly HashSet<int> Kept = [];

    /// <summary>Keeps those that there are by now.</summary>
    public static void KeepSimulators()
    {
        var mask = new byte[MaskBytes];
        if (!OperatingSystem.IsLinux() || GetAffinity(0, MaskBytes, mask) < 0)
        {
            return;
        }

        var last = Array.FindLastIndex(mask, part => part != 0);
        var one = new byte[MaskBytes];
        one[last] = (byte)(1 << (int)Math.Log2(mask[last]));
        lock (Kept)
        {
            foreach (var thread in Directory.GetDirectories(Tasks)
                .Select(path => int.Parse(Path.GetFileName(path), CultureInfo.InvariantCulture))
                .Where(thread => !Kept.Contains(thread) && IsSimulators(thread)))
            {
                Kept.Add(thread);
                _ = SetAffinity(thread, MaskBytes, one);
            }
        }
    }

    private static bool IsSimulators(int thread)
    {
        try
        {
            var name = File.ReadAllText($"{Tasks}/{thread}/comm");
            return name.StartsWith(Begin, StringComparison.Ordinal) && name.Contains(Kind, StringComparison.Ordinal);
        }
        catch (IOException)
        {
            // It has ended meanwhile.
            return false;
        }
    }

    [DllImport("libc", EntryPoint = "sched_getaffinity")]
    private static extern int GetAffinity(int thread, nint bytes, byte[] mask);

    [DllImport("libc", EntryPoint = "sched_setaffinity")]
    private static extern int SetAffinity(int thread, nint bytes, byte[] mask);
}
