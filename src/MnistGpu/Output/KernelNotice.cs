using MnistGpu.Gpu;
using MnistGpu.Model;

namespace MnistGpu.Program.Output;

/// <summary>What the user should know of an engine's kernels, once, however many engines are made.</summary>
internal static class KernelNotice
{
    private static readonly HashSet<string> Said = [];

    /// <summary>A notice of the engine's products, on the error output so that it never mixes with a result.</summary>
    public static void Say(INetworkEngine engine) => Say((engine as IKernelEngine)?.Products.Notice);

    /// <inheritdoc cref="Say(INetworkEngine)"/>
    public static void Say(string? notice)
    {
        if (notice is not null && Said.Add(notice))
        {
            Console.Error.WriteLine($"notice: {notice}");
        }
    }
}
