using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using MnistGpu.Gpu.Devices;
using MnistGpu.Gpu.Tuning;
using MnistGpu.Host;
using MnistGpu.Model;

namespace MnistGpu.Gpu;

/// <summary>
/// Every engine on this machine, by the name that the user gives to --device. Asking for simd or reference by name
/// looks for no driver and does not even load ILGPU.
/// </summary>
internal static class Engines
{
    private static readonly EngineChoice Simd = HostEngines.Simd, Reference = HostEngines.Reference;

    private static readonly string[] Words = ["auto", "gpu", "cuda", "opencl", "cpu", "simd", "reference"];

    /// <summary>
    /// Everything present, the fastest kind first: CUDA GPUs, OpenCL GPUs, simd, OpenCL on the CPU, ILGPU's CPU
    /// accelerator, the reference.
    /// </summary>
    public static IReadOnlyList<EngineChoice> List()
    {
        var devices = Ilgpu.Devices();
        return [.. devices.Where(d => d.IsGpu), Simd, .. devices.Where(d => !d.IsGpu), Reference];
    }

    /// <summary>
    /// The engine for a --device: auto is the best GPU, else simd; gpu is the best GPU, else ILGPU's CPU accelerator
    /// (<see cref="EngineChoice.IsHostSimulation"/>); cuda and opencl are the first of their kind, and any other name
    /// means itself. OpenCL on the host CPU is never chosen unasked.
    /// </summary>
    /// <exception cref="UserErrorException">There is no such device here; the message lists those present.</exception>
    public static EngineChoice Choose(string device)
    {
        switch (device.Trim().ToLowerInvariant())
        {
            case "simd":
                return Simd;
            case "reference":
                return Reference;
            case "cpu":
                return Ilgpu.Cpu();
            case "auto":
                return Ilgpu.BestGpu() ?? Simd;
            case "gpu":
                return Ilgpu.BestGpu() ?? Ilgpu.Cpu();
            case var name:
                var full = name is "cuda" or "opencl" ? name + ":0" : name;
                return Ilgpu.Devices().FirstOrDefault(d => d.Name == full) ?? throw Absent(device, name);
        }
    }

    /// <summary>Starts an engine, its kernels compiled and its parameters zero.</summary>
    /// <param name="choice">Which, from <see cref="List"/> or <see cref="Choose"/>.</param>
    /// <param name="shape">The network's widths.</param>
    /// <param name="threads">For simd: how many threads; 0 for one per core. The others take no notice.</param>
    /// <param name="kernels">
    /// How kernels compute; null for the defaults. Engines without kernels take no notice.
    /// </param>
    /// <exception cref="UserErrorException">
    /// The device does not start, lacks what the kernels need, or has no room for the network.
    /// </exception>
    public static INetworkEngine Create(
        EngineChoice choice, NetworkShape shape, int threads = 0, KernelOptions? kernels = null) =>
        HostEngines.Find(choice, shape, threads) ?? Ilgpu.Create(choice, shape, kernels ?? new());

    /// <summary>
    /// Finds out whether a device computes products as the user asks, before anything is loaded; where nothing is
    /// asked, it is not even opened.
    /// </summary>
    /// <exception cref="UserErrorException">It does not.</exception>
    public static void Require(EngineChoice choice, KernelOptions kernels)
    {
        if (!kernels.AskForProducts)
        {
            return;
        }

        if (!choice.HasKernels)
        {
            throw new UserErrorException("Only devices that run kernels have a choice of products",
                where: $"--product with TrainingOptions.Device = {choice.Name}",
                expected: "a GPU, or cpu, ILGPU's simulator", found: choice.Kind,
                todo: "leave it out, or name another device with TrainingOptions.Device");
        }

        Ilgpu.Require(choice, kernels);
    }

    /// <summary>
    /// Those of <see cref="List"/> that compute products as the user asks: all where nothing is asked.
    /// </summary>
    /// <exception cref="UserErrorException">
    /// None does; the message tells what the first device with kernels lacks.
    /// </exception>
    public static IReadOnlyList<EngineChoice> ListFor(KernelOptions kernels)
    {
        var all = List();
        if (!kernels.AskForProducts)
        {
            return all;
        }

        var (able, refusals) = (new List<EngineChoice>(), new List<UserErrorException>());
        foreach (var choice in all.Where(choice => choice.HasKernels))
        {
            try
            {
                Require(choice, kernels);
                able.Add(choice);
            }
            catch (UserErrorException e)
            {
                refusals.Add(e);
            }
        }

        // ILGPU's CPU accelerator is always there; the first is the most like a GPU.
        return able.Count > 0 ? able : throw refusals[0];
    }

    /// <summary>When the products of a device were tuned; null where they were not.</summary>
    /// <param name="choice">From <see cref="List"/> or <see cref="Choose"/>.</param>
    /// <param name="notice">One line about a tuning that cannot be used; else null.</param>
    public static DateTimeOffset? Tuned(EngineChoice choice, out string? notice)
    {
        notice = null;
        return CanBeTuned(choice) ? Ilgpu.Tuned(choice, out notice) : null;
    }

    /// <summary>Whether there are kernels whose times mean something: ILGPU's CPU accelerator only simulates.</summary>
    public static bool CanBeTuned(EngineChoice choice) => choice is { HasKernels: true, IsHostSimulation: false };

    /// <summary>
    /// Verifies and times the rungs of the ladder on a device, and keeps the fastest of each product for later.
    /// </summary>
    /// <param name="choice">A device that <see cref="CanBeTuned"/>.</param>
    /// <param name="seconds">How long to time in all; verifying and compiling come on top.</param>
    /// <param name="progress">Is told what is next.</param>
    /// <param name="cancel">Ends it; nothing is then kept.</param>
    /// <returns>What was measured, and the file that keeps it.</returns>
    /// <exception cref="UserErrorException">The device does not start, or the file cannot be written.</exception>
    public static (TuningResult Result, string Path) Tune(
        EngineChoice choice, double seconds, Action<string> progress, CancellationToken cancel) =>
        Ilgpu.Tune(choice, seconds, progress, cancel);

    private static UserErrorException Absent(string device, string name)
    {
        var kind = name.Split(':')[0];
        var nearest = Spelling.Suggest(kind, Words);
        var todo = name switch
        {
            _ when kind == "cuda" && DriverNames.HasCuda && Ilgpu.CudaRefusal() is { } refusal => refusal,
            _ when kind == "cuda" && !DriverNames.HasCuda =>
            "install NVIDIA's driver, which no program here could find, or leave TrainingOptions.Device out",
            _ when kind == "opencl" && Environment.GetEnvironmentVariable("MNISTGPU_POCL") != "1" =>
                "install the GPU's OpenCL driver, set MNISTGPU_POCL=1 to admit PoCL on the host CPU, "
                    + "or leave TrainingOptions.Device out",
            _ when nearest is not null && nearest != kind => $"did you mean {nearest}?",
            _ => "name one of these, or leave TrainingOptions.Device out for the fastest",
        };
        return new UserErrorException($"There is no device '{device}' here", where: "TrainingOptions.Device",
            expected: "auto, gpu, or one of " + string.Join(", ", List().Select(choice => choice.Name)),
            found: $"'{device}'", todo: todo);
    }

    /// <summary>
    /// All that needs ILGPU. Its assembly is loaded when the first of these methods is compiled, so none may be
    /// inlined above.
    /// </summary>
    [SuppressMessage("Performance", "CA1859:Use concrete types", Justification = "Keeps ILGPU unloaded.")]
    private static class Ilgpu
    {
        [MethodImpl(MethodImplOptions.NoInlining)]
        public static EngineChoice[] Devices() => [.. AcceleratorCatalog.List()];

        [MethodImpl(MethodImplOptions.NoInlining)]
        public static EngineChoice? BestGpu() =>
            AcceleratorCatalog.Cuda().Concat(AcceleratorCatalog.OpenCl()).FirstOrDefault(d => d.IsGpu);

        [MethodImpl(MethodImplOptions.NoInlining)]
        public static string? CudaRefusal() => AcceleratorCatalog.CudaRefusal();

        [MethodImpl(MethodImplOptions.NoInlining)]
        public static EngineChoice Cpu() => AcceleratorCatalog.Cpu();

        // Not GpuEngine here, nor AcceleratorInfo above: compiling the caller would load their fields' types, and
        // ILGPU with them.
        [MethodImpl(MethodImplOptions.NoInlining)]
        public static INetworkEngine Create(EngineChoice choice, NetworkShape shape, KernelOptions kernels)
        {
            var device = Info(choice).Open(kernels.Profile);
            try
            {
                var engine = new GpuEngine(device, shape, ownsDevice: true,
                    ProductChoice.OfTuned(device, kernels.Product), kernels.Fuse);
                engine.Compile();
                return engine;
            }
            catch
            {
                device.Dispose();
                throw;
            }
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        public static void Require(EngineChoice choice, KernelOptions kernels)
        {
            using var device = Info(choice).Open();
            ProductChoice.Create(device, kernels.Product);
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        public static DateTimeOffset? Tuned(EngineChoice choice, out string? notice) =>
            TuningFile.Find(Info(choice), out notice)?.Tuned;

        [MethodImpl(MethodImplOptions.NoInlining)]
        public static (TuningResult Result, string Path) Tune(
            EngineChoice choice, double seconds, Action<string> progress, CancellationToken cancel)
        {
            var info = Info(choice);
            using var device = info.Open();
            var result = new ProductTuner(device).Run(seconds, progress, cancel);
            return (result, TuningFile.Create(info, result, DateTimeOffset.UtcNow).Save(info));
        }

        // Every choice with kernels that List and Choose hand out is one of ILGPU's devices.
        private static AcceleratorInfo Info(EngineChoice choice) =>
            choice as AcceleratorInfo ?? throw Absent(choice.Name, choice.Name);
    }
}
