using System.Text.RegularExpressions;
using MnistGpu.Tests.Support;

namespace MnistGpu.Tests;

/// <summary>
/// Who may use whom inside MnistGpu.Core, where one assembly holds several rooms. Between projects the build itself
/// refuses.
/// </summary>
public sealed class RoomsTests
{
    [Theory]
    [InlineData("Deformations")]
    [InlineData("Files")]
    [InlineData("Model", "Deformations")]
    [InlineData("Data", "Files")]
    [InlineData("Reference", "Deformations", "Model")]
    [InlineData("Proof", "Deformations", "Model", "Reference")]
    [InlineData("Simd", "Deformations", "Model")]
    [InlineData("Ranks", "Model")]
    [InlineData("Training", "Files", "Model", "Data", "Ranks")]
    // It names the package of the GPUs, which the build keeps it from using.
    [InlineData("Host", "Model", "Simd", "Reference", "Gpu")]
    [InlineData("Exchange", "Files", "Model", "Training", "Data", "Deformations")]
    public void ARoomUsesOnlyTheRoomsItMay(string room, params string[] may)
    {
        var core = Path.Combine(SourceTree.Root, "src", "MnistGpu.Core");
        var rooms = Directory.GetDirectories(core).Select(path => Path.GetFileName(path))
            .Where(name => char.IsUpper(name[0]))
            .Concat(["Gpu", "Program"]);
        var folder = Path.Combine(core, room);
        var files = Directory.GetFiles(folder, "*.cs", SearchOption.AllDirectories);
        Assert.NotEmpty(files);
        foreach (var file in files)
        {
            foreach (var other in rooms.Except(may).Where(other => other != room))
            {
                var uses = Regex.Match(File.ReadAllText(file), $@"\bMnistGpu\.{other}\b|(?<![\w.]){other}\.[A-Z]");
                Assert.False(uses.Success,
                    $"{file} uses {uses.Value}; {room} may use only: "
                        + $"{string.Join(", ", may.DefaultIfEmpty("nothing"))}");
            }
        }
    }
}
