using System.Reflection;
using System.Runtime.InteropServices;

namespace MnistGpu.Program.Reports;

/// <summary>What ran: the program's and the platform's versions.</summary>
internal static class Versions
{
    public static string Program { get; } = VersionOf(typeof(Versions).Assembly);

    /// <summary>The versions that a result hangs on.</summary>
    /// <param name="hasKernels">Whether kernels ran.</param>
    public static IEnumerable<(string Name, string Value)> All(bool hasKernels)
    {
        yield return ("mnistgpu", Program);
        if (hasKernels)
        {
            yield return ("ILGPU", typeof(Gpu.GpuEngine).Assembly.GetReferencedAssemblies()
                .First(name => name.Name == "ILGPU").Version!.ToString(3));
        }

        yield return (".NET", Environment.Version.ToString());
        yield return ("system", $"{RuntimeInformation.OSDescription}, {RuntimeInformation.ProcessArchitecture}, "
            + $"{Environment.ProcessorCount} processors");
    }

    private static string VersionOf(Assembly assembly) =>
        assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion
        ?? assembly.GetName().Version?.ToString() ?? "unknown";
}
