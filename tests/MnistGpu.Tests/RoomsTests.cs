using System.Text.RegularExpressions;
using MnistGpu.Tests.Support;

namespace MnistGpu.Tests;

/// <summary>Who may use whom inside MnistGpu.Core, where one assembly holds several rooms. Between projects the build itself refuses.</summary>
public sealed class RoomsTests
{
    [Theory]
    [InlineData("Model")]
    [InlineData("Reference", "Model")]
    [InlineData("Augmentation", "Model")]
    [InlineData("Simd", "Model", "Augmentation")]
    [InlineData("Data", "Model")]
    [InlineData("Training", "Model", "Data")]
    public void ARoomUsesOnlyTheRoomsItMay(string room, params string[] may)
    {
        string[] rooms = ["Model", "Reference", "Simd", "Augmentation", "Data", "Training", "Gpu", "Program"];
        var folder = Path.Combine(SourceTree.Root, "src", "MnistGpu.Core", room);
        var files = Directory.GetFiles(folder, "*.cs", SearchOption.AllDirectories);
        Assert.NotEmpty(files);
        foreach (var file in files)
        {
            foreach (var other in rooms.Except(may).Where(other => other != room))
            {
                var uses = Regex.Match(File.ReadAllText(file), $@"\bMnistGpu\.{other}\b|(?<![\w.]){other}\.[A-Z]");
                Assert.False(uses.Success, $"{file} uses {uses.Value}; {room} may use only: {string.Join(", ", may.DefaultIfEmpty("nothing"))}");
            }
        }
    }
}
