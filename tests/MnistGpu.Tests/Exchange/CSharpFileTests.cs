using System.Diagnostics;
using System.Globalization;
using MnistGpu.Exchange;
using MnistGpu.Model;
using MnistGpu.Tests.Support;
using MnistGpu.Training;

namespace MnistGpu.Tests.Exchange;

/// <summary>The file is compiled as a user would, by the SDK, and run.</summary>
public sealed class CSharpFileTests : IDisposable
{
    private const string Project = """
        <Project Sdk="Microsoft.NET.Sdk">
          <PropertyGroup>
            <OutputType>Exe</OutputType>
            <TargetFramework>net10.0</TargetFramework>
            <Nullable>enable</Nullable>
            <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
          </PropertyGroup>
        </Project>
        """;

    private const string Program = """
        using System;
        using System.Globalization;

        var bytes = System.IO.File.ReadAllBytes("pixels");
        foreach (var predict in new Func<byte[], double[]>[] { x => ReLU.Predict(x), x => ScaledTanh.Predict(x),
            x => Network.Predict(x) })
        {
            foreach (var image in System.Linq.Enumerable.Chunk(bytes, 12))
            {
                Console.WriteLine(string.Join(' ', Array.ConvertAll(predict(image), p => p.ToString("R",
                    CultureInfo.InvariantCulture))));
            }
        }
        """;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void ItCompilesWithoutAPackageAndAnswersAsTheReference()
    {
        var pixels = ForeignFiles.LoadPixels();
        File.WriteAllBytes(folder.File("pixels"), pixels);
        File.WriteAllText(folder.File("app.csproj"), Project);
        File.WriteAllText(folder.File("Program.cs"), Program);
        // A lock file or properties of this repository would not reach a user's folder either.
        var expected = new List<double>();
        foreach (var (name, activation) in ((string, Activation)[])[("ReLU.cs", Activation.ReLU),
            ("ScaledTanh.cs", Activation.ScaledTanh), ("leaky-1.cs", Activation.LeakyReLU)])
        {
            var state = Initialization.Draw(NetworkShape.Parse("12-5-4-3").With(activation), Start.He, 1);
            ModelExport.Save(folder.File(name), new ModelFile(state, new Dictionary<string, string>
            {
                ["data"] = "a name\nwith a line break",
            }));
            expected.AddRange(ForeignFiles.Predict(state, pixels));
        }

        var run = Run();
        var answers = run.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries)
            .Select(text => double.Parse(text, CultureInfo.InvariantCulture)).ToArray();
        Assert.InRange(ForeignFiles.LargestDifference([.. expected], answers), 0, 1e-6);
    }

    private string Run()
    {
        var start = new ProcessStartInfo("dotnet", ["run", "--project", folder.Path, "-v", "quiet"])
        {
            WorkingDirectory = folder.Path,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        using var process = Process.Start(start)!;
        var run = ProgramRun.Finish(process);
        Assert.True(run.ExitCode == 0, run.Output + run.Error);
        return run.Output;
    }
}
