using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using MnistGpu.Tests.Support;

namespace MnistGpu.Tests.Program;

/// <summary>What the published file leaves out of the framework (LeftOutOfPublish in Publish.targets).</summary>
public sealed class PublishTests
{
    private static readonly Dictionary<string, string> Known =
        ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
        .Split(Path.PathSeparator)
        .GroupBy(path => Path.GetFileNameWithoutExtension(path))
            .ToDictionary(paths => paths.Key, paths => paths.First());

    private static readonly Regex LeftOut = new(XDocument.Load(Path.Combine(SourceTree.Root, "Publish.targets"))
        .Descendants("LeftOutOfPublish").Single().Value);

    [Theory]
    [InlineData("mnistgpu")]
    [InlineData("kernels-bench")]
    public void NoReferenceLeadsFromAProgramToAnAssemblyThatIsLeftOut(string program)
    {
        var reached = new HashSet<string>();
        var next = new Queue<(string Name, string By)>([(program, "")]);
        while (next.TryDequeue(out var at))
        {
            Assert.False(LeftOut.IsMatch(at.Name),
                $"{at.Name} is left out of the published file, and {at.By} refers to it");
            if (reached.Add(at.Name) && Known.TryGetValue(at.Name, out var path))
            {
                References(path).ForEach(name => next.Enqueue((name, at.By + "/" + at.Name)));
            }
        }

        Assert.Contains("Microsoft.AspNetCore.Server.Kestrel.Core", reached);
        Assert.Contains("System.Reflection.Emit", reached);
    }

    [Fact]
    public void WhatIsLeftOutIsThere()
    {
        var found = Known.Keys.Where(name => LeftOut.IsMatch(name)).ToArray();
        Assert.True(found.Length >= 30, $"only {string.Join(", ", found)}");
    }

    private static List<string> References(string path)
    {
        using var file = File.OpenRead(path);
        using var image = new PEReader(file);
        var metadata = image.GetMetadataReader();
        return [.. metadata.AssemblyReferences.Select(handle =>
            metadata.GetString(metadata.GetAssemblyReference(handle).Name))];
    }
}
