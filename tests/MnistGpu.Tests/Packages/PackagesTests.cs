using System.IO.Compression;
using System.Xml.Linq;
using MnistGpu.Tests.Support;

namespace MnistGpu.Tests.Packages;

/// <summary>The packages as they are packed, and what a user does with them: in an empty home, offline.</summary>
public sealed class PackagesTests : IDisposable
{
    private readonly TemporaryFolder home = new();
    private readonly Dotnet dotnet;

    public PackagesTests()
    {
        dotnet = new Dotnet(home);
        // What the tests were built with is packed: no second build. All at once, as CONTRIBUTING.md has it.
        dotnet.Done(SourceTree.Root, "dotnet", "pack", "--no-build", "--no-restore", "-c", Dotnet.Configuration, "-o",
            Feed);
    }

    private string Feed => home.File("feed");

    public void Dispose() => home.Dispose();

    [Fact]
    public void TheyHoldWhatTheirPagesPromiseAndDoWhatAUserAsks()
    {
        Assert.Equal(["MnistGpu", "MnistGpu.Gpu", "MnistGpu.Tool"], Ids(".nupkg"));
        Assert.Equal(["MnistGpu", "MnistGpu.Gpu"], Ids(".snupkg"));
        Holds("MnistGpu", "lib/net10.0/MnistGpu.Core.dll", "lib/net10.0/MnistGpu.Core.xml", "icon.png");
        Holds("MnistGpu.Gpu", "lib/net10.0/MnistGpu.Gpu.dll", "lib/net10.0/MnistGpu.Gpu.xml", "icon.png");
        Holds("MnistGpu.Tool", "tools/net10.0/any/mnistgpu.dll", "tools/net10.0/any/DotnetToolSettings.xml");
        // What the build alone uses is none of a user's.
        Assert.Contains("Google.Protobuf", Dependencies("MnistGpu"));
        Assert.DoesNotContain(Dependencies("MnistGpu"), id => id.StartsWith("Grpc", StringComparison.Ordinal)
            || id.Contains("Analyzers", StringComparison.Ordinal));
        // One lives on what the other does not publish.
        Assert.Equal("[0.1.0]", Dependency("MnistGpu.Gpu", "MnistGpu").Attribute("version")!.Value.Replace(", 0.1.0]",
            "]", StringComparison.Ordinal));

        InstallTheTool();
        BuildAProgram();
    }

    private void InstallTheTool()
    {
        dotnet.Done(home.Path, "dotnet", "tool", "install", "MnistGpu.Tool", "--tool-path", home.File("tools"),
            "--source", Feed);
        var output = dotnet.Done(home.Path, Path.Combine(home.Path, "tools", "mnistgpu"), "train", "--data",
            "synthetic", "--limit", "200", "--iterations", "3", "--device", "simd");
        Assert.Contains("model.safetensors", output, StringComparison.Ordinal);
        Assert.True(File.Exists(home.File("model.safetensors")));
    }

    private void BuildAProgram()
    {
        var folder = Directory.CreateDirectory(home.File("app")).FullName;
        File.WriteAllText(Path.Combine(folder, "nuget.config"), $"""
            <configuration>
              <packageSources><clear />
                <add key="new" value="{Feed}" /><add key="restored" value="{Dotnet.Restored}" />
              </packageSources>
            </configuration>
            """);
        File.WriteAllText(Path.Combine(folder, "app.csproj"), """
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="MnistGpu" Version="0.1.0" />
                <PackageReference Include="MnistGpu.Gpu" Version="0.1.0" Condition="'$(Gpu)' == 'true'" />
              </ItemGroup>
            </Project>
            """);
        File.WriteAllText(Path.Combine(folder, "Program.cs"), """
            using MnistGpu;

            var digits = Dataset.Load("synthetic", new() { Limit = 500 });
            using var network = Network.Train(digits.Training, new() { Hidden = [16], Epochs = 2, Device = "simd" });
            network.Save("model.safetensors");
            using var loaded = Network.Load("model.safetensors");
            Console.WriteLine($"answer {loaded.Predict(digits.Test.Image(0)).Name}");
            Console.WriteLine($"devices {string.Join(' ', Network.Devices.Order())}");
            try
            {
                using var onKernels = Network.Load("model.safetensors", "cpu");
                Console.WriteLine($"kernels answer {onKernels.Predict(digits.Test.Image(0)).Name}");
            }
            catch (UserErrorException e)
            {
                Console.WriteLine($"{e.What}; {e.ToDo}");
            }
            """);
        var alone = dotnet.Done(folder, "dotnet", "run");
        Assert.Matches(@"answer \d", alone);
        Assert.Contains("devices reference simd", alone, StringComparison.Ordinal);
        Assert.Contains("The device 'cpu' needs the package MnistGpu.Gpu; add it: dotnet add package MnistGpu.Gpu",
            alone, StringComparison.Ordinal);
        var both = dotnet.Done(folder, "dotnet", "run", "-p:Gpu=true");
        Assert.Matches(@"devices cpu( \S+)* reference simd", both);
        Assert.Matches(@"kernels answer \d", both);
    }

    private string[] Ids(string ending) => [.. Directory.GetFiles(Feed, "*" + ending)
        .Select(file => Path.GetFileName(file)[..^(".0.1.0".Length + ending.Length)]).Order(StringComparer.Ordinal)];

    private void Holds(string id, params string[] names)
    {
        using var package = ZipFile.OpenRead(Path.Combine(Feed, $"{id}.0.1.0.nupkg"));
        foreach (var name in names.Concat(["README.md", "THIRD-PARTY-NOTICES.txt"]))
        {
            Assert.Contains(package.Entries, entry => entry.FullName == name);
        }

        var metadata = Metadata(package);
        Assert.Equal("MIT", Value(metadata, "license"));
        Assert.True(Value(metadata, "description").Length > 30);
        Assert.Equal("README.md", Value(metadata, "readme"));
    }

    private string[] Dependencies(string id) =>
        [.. DependencyElements(id).Select(element => element.Attribute("id")!.Value)];

    private XElement Dependency(string id, string on) =>
        DependencyElements(id).Single(element => element.Attribute("id")!.Value == on);

    private XElement[] DependencyElements(string id)
    {
        using var package = ZipFile.OpenRead(Path.Combine(Feed, $"{id}.0.1.0.nupkg"));
        return [.. Metadata(package).Descendants().Where(element => element.Name.LocalName == "dependency")];
    }

    private static XElement Metadata(ZipArchive package)
    {
        using var text = package.Entries.Single(entry => entry.FullName.EndsWith(".nuspec", StringComparison.Ordinal))
            .Open();
        return XDocument.Load(text).Root!;
    }

    private static string Value(XElement metadata, string name) =>
        metadata.Descendants().First(element => element.Name.LocalName == name).Value;
}
