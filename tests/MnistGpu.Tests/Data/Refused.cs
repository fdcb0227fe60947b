using MnistGpu.Tests.Support;

namespace MnistGpu.Tests.Data;

internal static class Refused
{
    /// <summary>Runs what a user got wrong; the message must hold every one of these.</summary>
    public static void With(Action action, params string[] parts)
    {
        var error = Assert.Throws<UserErrorException>(action);
        foreach (var part in parts)
        {
            Assert.Contains(part, error.Message, StringComparison.Ordinal);
        }
    }

    /// <summary>Writes a file within a folder and returns its path.</summary>
    public static string Write(this TemporaryFolder folder, string name, byte[] bytes)
    {
        var path = folder.File(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
        return path;
    }
}
