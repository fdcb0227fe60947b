using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using MnistGpu.Tests.Support;

namespace MnistGpu.Tests.Docs;

/// <summary>Whose work the program is built with, and on what terms.</summary>
public sealed partial class LicencesTests
{
    private static readonly string[] Projects =
        ["src/MnistGpu.Core", "src/MnistGpu.Gpu", "src/MnistGpu", "kernels-bench", "tests/MnistGpu.Tests"];

    // Terms that allow what is done with the package here: shipped ones must also allow it in a published file.
    private static readonly string[] Allowed = ["MIT", "Apache-2.0", "NCSA", "Unlicense OR MIT", "Public Domain",
        "BSD-3-Clause", "MPL-2.0", "MS-.NET-Library"];

    // What the packages say in a file, or not at all: read there once.
    private static readonly Dictionary<string, string> Read = new(StringComparer.OrdinalIgnoreCase)
    {
        ["BitMiracle.LibJpeg.NET"] = "BSD-3-Clause",
        ["ILGPU"] = "NCSA",
        ["ILGPU.Algorithms"] = "NCSA",
        ["Microsoft.ML.OnnxRuntime"] = "MIT",
        ["Microsoft.ML.OnnxRuntime.Managed"] = "MIT",
        ["StbImageWriteSharp"] = "Public Domain",
    };

    [Fact]
    public void EveryShippedPackageStandsInTheNoticesWithItsLicence()
    {
        var notices = File.ReadAllText(Path.Combine(SourceTree.Root, "THIRD-PARTY-NOTICES.txt"));
        var shipped = Projects.Take(3).SelectMany(Packages).Select(package => package.Name).Distinct().Order()
            .ToArray();
        Assert.Contains("ILGPU", shipped);
        var named = Packages().Matches(notices).Select(match => match.Groups[1].Value).Except([".NET"]).Order();
        Assert.Equal(shipped, named);
        foreach (var (name, version) in Projects.Take(3).SelectMany(Packages).Distinct())
        {
            var licence = LicenceOf(name, version);
            Assert.Matches($@"(?m)^package {Regex.Escape(name)}\n(package .*\n)*licence {Regex.Escape(licence)}\b",
                notices.ReplaceLineEndings("\n"));
        }
    }

    [Fact]
    public void EveryPackagesLicenceIsKnownAndAllows()
    {
        var all = Projects.SelectMany(Packages).Distinct().OrderBy(package => package.Name).ToArray();
        Assert.InRange(all.Length, 10, 200);
        var output = TestContext.Current.TestOutputHelper;
        Assert.All(all, package =>
        {
            var licence = LicenceOf(package.Name, package.Version);
            output?.WriteLine($"{package.Name} {package.Version}: {licence}");
            Assert.Contains(licence, Allowed);
        });
    }

    [Fact]
    public void EveryProjectHasALockFileOfTheVersionsInUse()
    {
        var versions = XDocument.Load(Path.Combine(SourceTree.Root, "Directory.Packages.props"))
            .Descendants("PackageVersion")
            .ToDictionary(package => package.Attribute("Include")!.Value,
                package => package.Attribute("Version")!.Value);
        foreach (var project in Projects)
        {
            var locked = Packages(project);
            Assert.All(locked.Where(package => versions.ContainsKey(package.Name)), package =>
                Assert.Equal(versions[package.Name], package.Version));
        }
    }

    /// <summary>The packages that a project's lock file names, those that others need included.</summary>
    private static (string Name, string Version)[] Packages(string project)
    {
        using var json = JsonDocument.Parse(
            File.ReadAllText(Path.Combine(SourceTree.Root, project, "packages.lock.json")));
        return [.. json.RootElement.GetProperty("dependencies").EnumerateObject()
            .SelectMany(target => target.Value.EnumerateObject())
            .Where(package => package.Value.GetProperty("type").GetString() != "Project")
            .Select(package => (package.Name, package.Value.GetProperty("resolved").GetString()!))];
    }

    private static string LicenceOf(string name, string version)
    {
        if (Read.TryGetValue(name, out var known))
        {
            return known;
        }

        var lower = name.ToLowerInvariant();
        var path = Folders().Select(folder => Path.Combine(folder, lower, version, $"{lower}.nuspec"))
            .FirstOrDefault(File.Exists);
        Assert.True(path is not null, $"{name} {version} is not in the folder of packages: restore first");
        var facts = XDocument.Load(path).Descendants().ToArray();
        string? Fact(string fact) => facts.FirstOrDefault(element => element.Name.LocalName == fact)?.Value;
        var licence = facts.FirstOrDefault(element => element.Name.LocalName == "license");
        return licence?.Attribute("type")?.Value == "expression" ? licence.Value
            : Fact("licenseUrl") is { } url && DotNetLibrary().IsMatch(url) ? "MS-.NET-Library"
            : licence?.Value ?? Fact("licenseUrl") ?? "none";
    }

    private static IEnumerable<string> Folders()
    {
        using var json = JsonDocument.Parse(
            File.ReadAllText(Path.Combine(SourceTree.Root, "tests", "MnistGpu.Tests", "obj", "project.assets.json")));
        return [.. json.RootElement.GetProperty("packageFolders").EnumerateObject().Select(folder => folder.Name)];
    }

    [GeneratedRegex(@"(?m)^package (.+?)\r?$")]
    private static partial Regex Packages();

    [GeneratedRegex("go.microsoft.com/fwlink/\\?LinkId=329770", RegexOptions.IgnoreCase)]
    private static partial Regex DotNetLibrary();
}
