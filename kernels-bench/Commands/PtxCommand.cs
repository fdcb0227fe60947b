using System.Text.Json;
using ILGPU.Runtime.Cuda;
using MnistGpu.Bench.Ladder;
using MnistGpu.Bench.Measuring;
using MnistGpu.Gpu.Kernels;
using MnistGpu.Gpu.Kernels.Fused;
using MnistGpu.Gpu.Kernels.Products;

namespace MnistGpu.Bench.Commands;

/// <summary>
/// Registers, spills and shared memory of every kernel, from ptxas: what can be known of a GPU without one.
/// </summary>
internal static class PtxCommand
{
    private static readonly (string Name, CudaArchitecture Architecture)[] Architectures =
        [("sm_70", CudaArchitecture.SM_70), ("sm_80", CudaArchitecture.SM_80), ("sm_90", CudaArchitecture.SM_90)];

    /// <summary>Every kernel: of the ladder's rungs, then the others.</summary>
    private static IEnumerable<(string Rung, string Product, Type Kernel, bool NeedsSm80)> Kernels()
    {
        foreach (var rung in ProductLadder.Rungs)
        {
            foreach (var product in Enum.GetValues<ProductKind>())
            {
                yield return (rung.Name, ProductNames.NameOf(product), rung.Kernel(product), rung.NeedsSm80);
            }
        }

        var named = ProductLadder.Rungs
            .SelectMany(rung => Enum.GetValues<ProductKind>().Select(rung.Kernel)).ToHashSet();
        foreach (var kernel in KernelLauncher.AllKernels.Concat(FusedKernels.OfGroups).Where(k => !named.Contains(k)))
        {
            yield return ("", KernelTimer.NameOf(kernel), kernel, false);
        }
    }

    /// <summary>Prints the table. Returns 0.</summary>
    /// <exception cref="UserErrorException">There is no ptxas, it refuses a kernel, or the filter leaves
    /// nothing.</exception>
    public static int Run(string filter, string? keep, CommonOptions options, CancellationToken cancel)
    {
        var ptxas = Ptxas.Find() ?? throw new UserErrorException("There is no ptxas on the PATH", where: "ptx",
            expected: "NVIDIA's assembler, of CUDA 11.8 or later",
                todo: "install the CUDA toolkit (Debian's nvidia-cuda-toolkit, non-free), or add its bin folder to "
                    + "PATH");
        if (keep is not null)
        {
            Directory.CreateDirectory(keep);
        }

        var machine = Machine.Read();
        string[] heading = [ptxas.Version(),
            "PTX by ILGPU's own back end, ISA 7.8, for the architecture or sm_80, whichever is older, as on a "
                + "device. Nothing was run."];
        foreach (var line in Report.Heading(machine).Concat(heading))
        {
            options.Say(line);
        }

        var table = new Table(new Column("rung", 12, false), new("kernel", 30, false), new("for", 5, false),
            new("registers", 9), new("spilled bytes", 13), new("local bytes", 11), new("shared bytes", 12));
        options.Say($"\n{table.Header}");
        var rows = new List<object>();
        foreach (var (rung, product, kernel, needsSm80) in Kernels()
            .Where(k => LadderRows.Matches(filter, k.Rung, k.Product, k.Kernel.Name)))
        {
            foreach (var (name, architecture) in Architectures.Where(a => !needsSm80
                || a.Architecture >= CudaArchitecture.SM_80))
            {
                cancel.ThrowIfCancellationRequested();
                // A context of its own: the numbers in a kept text do not hang on which kernels came before.
                using var compiler = new PtxCompiler(architecture);
                var ptx = compiler.Compile(kernel);
                string? file = null;
                if (keep is not null)
                {
                    file = Path.Combine(keep, Report.FileName($"{rung} {product} {kernel.Name} {name}"));
                    File.WriteAllText(file + ".ptx", ptx);
                }

                var used = ptxas.Assemble(ptx, name, file is null ? null : file + ".cubin");
                rows.Add(new { rung, product, architecture = name, used });
                options.Say(table.Add(rung, product, name, $"{used.Registers}", $"{used.SpillStores + used.SpillLoads}",
                    $"{used.Stack}", $"{used.Shared:N0}"));
            }
        }

        if (rows.Count == 0)
        {
            throw new UserErrorException("No kernel has this text in its names", where: "--filter",
                found: $"'{filter}'",
                expected: "part of a rung's, a product's or a kernel's name: vector, dZ, Softmax");
        }

        if (options.Json)
        {
            Console.WriteLine(JsonSerializer.Serialize(new { machine, rows }, Report.Json));
        }

        if (options.Results)
        {
            options.Say($"written: {Report.Write("ptxas", options.CommandLine, machine, heading, table)}");
        }

        return 0;
    }
}
