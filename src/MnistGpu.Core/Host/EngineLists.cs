namespace MnistGpu.Host;

/// <summary>Finds the engines of the packages that a program refers to.</summary>
internal static class EngineLists
{
    private static readonly Lazy<IEngineList> Lazily = new(Find);

    /// <summary>All engines where MnistGpu.Gpu lies beside this assembly, else those of the host.</summary>
    public static IEngineList Found => Lazily.Value;

    /// <summary>The engine of a name, for a program that no one sees run: a simulator must be asked for.</summary>
    /// <exception cref="UserErrorException">There is no such engine here.</exception>
    public static EngineChoice ChooseReal(this IEngineList engines, string device)
    {
        var choice = engines.Choose(device);
        return choice.IsHostSimulation && !device.Trim().Equals(choice.Name, StringComparison.OrdinalIgnoreCase)
            ? throw new UserErrorException("There is no GPU here", where: "TrainingOptions.Device",
                expected: "a GPU with its driver", found: $"none for '{device}'",
                todo: $"name auto for the fastest there is, or {choice.Name} for a simulator of kernels")
            : choice;
    }

    // The constant name tells a trimmer to keep the type where the assembly is there.
    private static IEngineList Find() => Type.GetType("MnistGpu.Gpu.AllEngines, MnistGpu.Gpu") is { } type
        ? (IEngineList)Activator.CreateInstance(type)!
        : new HostEngines();
}
