namespace MnistGpu.Host;

/// <summary>Finds the engines of the packages that a program refers to.</summary>
internal static class EngineLists
{
    private static readonly Lazy<IEngineList> Lazily = new(Find);

    /// <summary>All engines where MnistGpu.Gpu lies beside this assembly, else those of the host.</summary>
    public static IEngineList Found => Lazily.Value;

    // The constant name tells a trimmer to keep the type where the assembly is there.
    private static IEngineList Find() => Type.GetType("MnistGpu.Gpu.AllEngines, MnistGpu.Gpu") is { } type
        ? (IEngineList)Activator.CreateInstance(type)!
        : new HostEngines();
}
