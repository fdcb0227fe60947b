namespace MnistGpu.Host;

/// <summary>An engine that this machine can run, described without starting it.</summary>
/// <param name="Name">What the user calls it: reference, simd, cpu, opencl:0, cuda:0.</param>
/// <param name="Kind">What it is, for people: "CUDA GPU", "OpenCL on the host CPU (PoCL)".</param>
/// <param name="Description">The hardware and how it is used.</param>
/// <param name="MemoryBytes">The device's own memory; null where that is the host's.</param>
/// <param name="IsGpu">Whether it is a GPU: only these are chosen unasked.</param>
/// <param name="IsHostSimulation">
/// Whether it is ILGPU's CPU accelerator, a simulator that proves kernels hundreds of times slower than simd: the
/// program says so.
/// </param>
/// <param name="HasKernels">
/// Whether its arithmetic is kernels, which can be fused or not and whose times can be measured.
/// </param>
internal record EngineChoice(
    string Name, string Kind, string Description, long? MemoryBytes = null, bool IsGpu = false,
    bool IsHostSimulation = false, bool HasKernels = false)
{
    /// <summary>
    /// What it computes with, for people: "compute capability 9.0"; null where there is nothing to tell.
    /// </summary>
    public string? Architecture { get; init; }

    /// <summary>What runs it, for people, with its version; null where there is no driver.</summary>
    public string? Driver { get; init; }
}
