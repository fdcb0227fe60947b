using System.Reflection;
using System.Runtime.Loader;
using MnistGpu.Gpu;
using MnistGpu.Model;
using MnistGpu.Tests.Support;

namespace MnistGpu.Tests.Gpu;

// In PoCL's collection, because these tests say whether PoCL is admitted.
[Collection(GpuDevices.PoclCollection)]
public sealed class EnginesTests : IDisposable
{
    private readonly string? admitted = Environment.GetEnvironmentVariable("MNISTGPU_POCL");

    public EnginesTests() => Environment.SetEnvironmentVariable("MNISTGPU_POCL", null);

    public void Dispose() => Environment.SetEnvironmentVariable("MNISTGPU_POCL", admitted);

    [Fact]
    public void TheListNamesEveryEngineOnceFastestKindFirst()
    {
        var list = Engines.List();
        Assert.Equal(list.Count, list.Select(choice => choice.Name).Distinct().Count());
        var names = list.Where(choice => !choice.IsGpu && !choice.Name.StartsWith("opencl", StringComparison.Ordinal))
            .Select(choice => choice.Name);
        Assert.Equal(["simd", "cpu", "reference"], names);
        Assert.True(list.TakeWhile(choice => choice.IsGpu).Count() == list.Count(choice => choice.IsGpu));
        Assert.Equal("cpu", Assert.Single(list, choice => choice.IsHostSimulation).Name);
    }

    [Fact]
    public void EveryEngineListedTrains()
    {
        var shape = NetworkShape.Parse("4-3-2");
        byte[] X = [0, 255, 3, 9, 200, 0, 0, 77], labels = [1, 0];
        Assert.All(Engines.List(), choice =>
        {
            using var engine = Engines.Create(choice, shape, threads: 1);
            Assert.Equal(choice.Name, engine.Name);
            engine.Load(Initialization.Draw(shape, Start.Uniform, 1));
            engine.Attach(X, labels);
            engine.Step(new UpdateRule(0.1));
            Assert.Equal(2, engine.ReadTotals().Images);
        });
    }

    [Theory]
    [InlineData("simd")]
    [InlineData("reference")]
    [InlineData("cpu")]
    [InlineData(" SIMD ")]
    public void ANameMeansItself(string device) =>
        Assert.Equal(device.Trim().ToLowerInvariant(), Engines.Choose(device).Name);

    [Fact]
    public void AutoIsTheFirstGpuElseSimd()
    {
        var expected = Engines.List()[0];
        Assert.Equal(expected, Engines.Choose("auto"));
        Environment.SetEnvironmentVariable("MNISTGPU_POCL", "1");
        Assert.Equal(expected.Name, Engines.Choose("auto").Name);
    }

    [Fact]
    public void GpuIsTheFirstGpuElseTheCpuAcceleratorMarkedAsSuch()
    {
        var gpu = Engines.List().FirstOrDefault(choice => choice.IsGpu);
        var choice = Engines.Choose("gpu");
        Assert.Equal(gpu?.Name ?? "cpu", choice.Name);
        Assert.Equal(gpu is null, choice.IsHostSimulation);
    }

    [Theory]
    [InlineData("cuda:99")]
    [InlineData("opencl:99")]
    [InlineData("opencl:x")]
    [InlineData("opencl:")]
    [InlineData("cuda:-1")]
    [InlineData("cuda:00")]
    [InlineData("cpu:1")]
    [InlineData("tpu")]
    [InlineData("")]
    public void AnAbsentDeviceIsRefusedWithThosePresent(string device)
    {
        var error = Assert.Throws<UserErrorException>(() => Engines.Choose(device));
        Assert.Contains($"'{device}'", error.Message, StringComparison.Ordinal);
        Assert.Contains("simd, ", error.Message, StringComparison.Ordinal);
        Assert.Contains("cpu, reference", error.Message, StringComparison.Ordinal);
        Assert.Contains("to do", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("smid", "simd")]
    [InlineData("reference1", "reference")]
    [InlineData("cdua:0", "cuda")]
    public void ATypoIsMetWithASuggestion(string device, string meant)
    {
        var error = Assert.Throws<UserErrorException>(() => Engines.Choose(device));
        Assert.Contains($"did you mean {meant}?", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void PoclIsListedOnlyOnRequestAndMarked()
    {
        Assert.DoesNotContain(Engines.List(), choice => choice.Kind.Contains("PoCL", StringComparison.Ordinal));
        Assert.SkipUnless(GpuDevices.FindPocl() is not null, "needs Debian's pocl-opencl-icd");
        var pocl = Assert.Single(Engines.List(), choice => choice.Kind.Contains("PoCL", StringComparison.Ordinal));
        Assert.Equal("OpenCL on the host CPU (PoCL)", pocl.Kind);
        Assert.False(pocl.IsGpu);
        using var engine = Engines.Create(Engines.Choose(pocl.Name), NetworkShape.Parse("4-2"));
        Assert.Contains("PoCL", engine.Description, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("simd", false)]
    [InlineData("reference", false)]
    [InlineData("cpu", true)]
    public void OnlyTheEnginesThatRunOnIlgpuLoadIt(string device, bool loads)
    {
        var room = new OwnRoom();
        try
        {
            var gpu = room.LoadFromAssemblyName(new AssemblyName("MnistGpu.Gpu"));
            var core = room.LoadFromAssemblyName(new AssemblyName("MnistGpu.Core"));
            var catalog = gpu.GetType(typeof(Engines).FullName!)!;
            var choice = catalog.GetMethod(nameof(Engines.Choose))!.Invoke(null, [device]);
            var shape = core.GetType(typeof(NetworkShape).FullName!)!
            .GetMethod(nameof(NetworkShape.Parse))!.Invoke(null, ["4-2"]);
            var create = catalog.GetMethod(nameof(Engines.Create))!;
            var defaults = Enumerable.Repeat(Type.Missing, create.GetParameters().Length - 2);
            ((IDisposable)create.Invoke(null, BindingFlags.OptionalParamBinding, null, [choice, shape, .. defaults],
                null)!).Dispose();
            Assert.Equal(loads, room.Assemblies.Any(assembly => assembly.GetName().Name == "ILGPU"));
        }
        finally
        {
            room.Unload();
        }
    }

    /// <summary>
    /// Loads this project's assemblies and ILGPU a second time, so that the test sees which are asked for.
    /// </summary>
    private sealed class OwnRoom() : AssemblyLoadContext("engine catalog", isCollectible: true)
    {
        protected override Assembly? Load(AssemblyName assemblyName)
        {
            var path = Path.Combine(AppContext.BaseDirectory, assemblyName.Name + ".dll");
            return assemblyName.Name is "MnistGpu.Gpu" or "MnistGpu.Core" or "ILGPU" or "ILGPU.Algorithms"
                && File.Exists(path)
                ? LoadFromAssemblyPath(path)
                : null;
        }
    }
}
