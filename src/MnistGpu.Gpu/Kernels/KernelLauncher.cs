using System.Reflection;
using ILGPU;
using ILGPU.Runtime;

namespace MnistGpu.Gpu.Kernels;

/// <summary>
/// Compiles each kernel once for one accelerator and launches it on the default stream. It keeps the launchers alive:
/// ILGPU's own cache of them is weak.
/// </summary>
internal sealed class KernelLauncher
{
    private static readonly MethodInfo LoadMethod =
        typeof(KernelLauncher).GetMethod(nameof(Load), 1, BindingFlags.Instance | BindingFlags.NonPublic, [])!;

    private static readonly MethodInfo SpecializationMethod =
        typeof(KernelLauncher).GetMethod(nameof(Specialization), 1, BindingFlags.Static | BindingFlags.NonPublic, [])!;

    private static readonly MethodInfo LoadGroupsMethod =
        typeof(KernelLauncher).GetMethod(nameof(LoadGroups), 1, BindingFlags.Instance | BindingFlags.NonPublic, [])!;

    private readonly Accelerator accelerator;
    private readonly string device;
    private readonly Dictionary<Type, Delegate> launchers = [];
    private readonly KernelTimer? timer;

    /// <summary>Makes a launcher for one accelerator.</summary>
    /// <param name="accelerator">Where the kernels run.</param>
    /// <param name="device">What the user calls it, for messages.</param>
    /// <param name="profile">Whether launches can be timed; the accelerator's context must allow profiling.</param>
    public KernelLauncher(Accelerator accelerator, string device, bool profile = false)
    {
        this.accelerator = accelerator;
        this.device = device;
        timer = profile ? new KernelTimer(accelerator.DefaultStream) : null;
    }

    /// <summary>
    /// Every kernel of an engine that computes an element per thread; the kernels of groups are the rungs of the
    /// product ladder and those in Fused.
    /// </summary>
    public static IReadOnlyList<Type> AllKernels { get; } =
    [
        .. typeof(IKernel).Assembly.GetTypes()
            .Where(t => t.IsValueType && t.IsAssignableTo(typeof(IKernel)))
            .Where(t => t.Namespace!.StartsWith(typeof(IKernel).Namespace!, StringComparison.Ordinal))
            .OrderBy(t => t.Name, StringComparer.Ordinal),
    ];

    /// <summary>Whether the device runs PTX, and pointers into its memory mean something to a kernel.</summary>
    public bool IsCuda => accelerator.AcceleratorType == AcceleratorType.Cuda;

    /// <summary>The device.</summary>
    public Accelerator Accelerator => accelerator;

    /// <summary>How many kernels were launched so far.</summary>
    public long Launches { get; private set; }

    /// <summary>What all launches so far had to do at least.</summary>
    public KernelCost Cost { get; private set; }

    /// <summary>Kernels compiled so far.</summary>
    internal int Compiled => launchers.Count;

    /// <summary>The times of the launches; null where they are not measured.</summary>
    internal KernelTimer? Timer => timer;

    /// <summary>The method that ILGPU compiles for a kernel: element i of <paramref name="kernel"/>.</summary>
    public static void Run<TKernel>(Index1D i, TKernel kernel)
        where TKernel : struct, IKernel => kernel.Execute(i);

    /// <summary>
    /// The method that ILGPU compiles for a kernel of groups: one thread's part of <paramref name="kernel"/>.
    /// </summary>
    public static void RunGroup<TKernel>(TKernel kernel)
        where TKernel : struct, IGroupKernel => kernel.Execute();

    /// <summary>
    /// Computes elements 0 … <paramref name="count"/> − 1 of a kernel. Does not wait for the device.
    /// </summary>
    public void Launch<TKernel>(int count, TKernel kernel)
        where TKernel : struct, IKernel
    {
        if (!launchers.TryGetValue(typeof(TKernel), out var launcher))
        {
            launcher = Load<TKernel>();
        }

        Begin();
        ((Action<Index1D, TKernel>)launcher)(count, kernel);
        End(typeof(TKernel), kernel.Cost(count));
    }

    /// <summary>Runs a kernel of groups. Does not wait for the device.</summary>
    public void LaunchGroups<TKernel>(KernelConfig groups, TKernel kernel)
        where TKernel : struct, IGroupKernel
    {
        if (!launchers.TryGetValue(typeof(TKernel), out var launcher))
        {
            launcher = LoadGroups<TKernel>();
        }

        Begin();
        ((Action<KernelConfig, TKernel>)launcher)(groups, kernel);
        End(typeof(TKernel), kernel.Cost);
    }

    /// <summary>Compiles a kernel of groups now rather than at its first launch.</summary>
    /// <exception cref="UserErrorException">The device's compiler refuses it.</exception>
    public void CompileGroups<TKernel>()
        where TKernel : struct, IGroupKernel
    {
        if (!launchers.ContainsKey(typeof(TKernel)))
        {
            LoadGroups<TKernel>();
        }
    }

    /// <summary>Compiles a kernel of either kind now rather than at its first launch.</summary>
    /// <exception cref="UserErrorException">The device's compiler refuses it.</exception>
    public void Compile(Type kernel)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        if (!launchers.ContainsKey(kernel))
        {
            var load = kernel.IsAssignableTo(typeof(IGroupKernel)) ? LoadGroupsMethod : LoadMethod;
            load.MakeGenericMethod(kernel).Invoke(this, BindingFlags.DoNotWrapExceptions, null, null, null);
        }
    }

    /// <summary>Compiles those of <see cref="AllKernels"/> that are wanted, so that no step waits for them.</summary>
    /// <exception cref="UserErrorException">The device's compiler refuses one.</exception>
    public void CompileAll(Func<Type, bool> wanted)
    {
        foreach (var kernel in AllKernels.Where(wanted))
        {
            Compile(kernel);
        }
    }

    private void Begin()
    {
        if (timer is { IsOn: true })
        {
            timer.Begin();
        }
    }

    private void End(Type kernel, KernelCost cost)
    {
        if (timer is { IsOn: true })
        {
            timer.End(kernel, cost);
        }

        Launches++;
        Cost = new(Cost.Bytes + cost.Bytes, Cost.Flops + cost.Flops);
    }

    private Action<Index1D, TKernel> Load<TKernel>()
        where TKernel : struct, IKernel =>
            Load(typeof(TKernel), () => accelerator.AcceleratorType == AcceleratorType.CPU
                // Elements need no neighbours: threads of a group would only wait for each other after each.
                ? accelerator.LoadImplicitlyGroupedStreamKernel<Index1D, TKernel>(Run, 1)
                : accelerator.LoadAutoGroupedStreamKernel<Index1D, TKernel>(Run));

    private Action<KernelConfig, TKernel> LoadGroups<TKernel>()
        where TKernel : struct, IGroupKernel =>
            Load(typeof(TKernel), () => IsCuda
                ? accelerator.LoadStreamKernel<TKernel>(RunGroup, Specialization<TKernel>())
                : accelerator.LoadStreamKernel<TKernel>(RunGroup));

    /// <summary>What a CUDA device's compiler is told of a kernel of groups.</summary>
    public static KernelSpecialization Specialization(Type kernel) => (KernelSpecialization)SpecializationMethod
        .MakeGenericMethod(kernel).Invoke(null, BindingFlags.DoNotWrapExceptions, null, null, null)!;

    private static KernelSpecialization Specialization<TKernel>()
        where TKernel : struct, IGroupKernel =>
            TKernel.Occupancy is { } wish ? new(wish.Threads, wish.Groups) : KernelSpecialization.Empty;

    private TLauncher Load<TLauncher>(Type kernel, Func<TLauncher> load)
        where TLauncher : Delegate
    {
        try
        {
            var launcher = load();
            launchers.Add(kernel, launcher);
            return launcher;
        }
        catch (Exception e) when (e is InternalCompilerException or AcceleratorException
            or CapabilityNotSupportedException or NotSupportedException)
        {
            throw new UserErrorException(
                $"The kernel {kernel.Name} does not compile on this device", where: $"{device}, {accelerator.Name}",
                found: $"{e.GetBaseException().Message}",
                todo: "update the device's driver, or choose another device: TrainingOptions.Device = simd", inner: e);
        }
    }
}
