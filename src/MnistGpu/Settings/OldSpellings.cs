namespace MnistGpu.Program.Settings;

/// <summary>Options of earlier versions, and what to write instead.</summary>
internal static class OldSpellings
{
    private const string Products = "name the kernels that round so: --product tf32 or --product bf16; float32 needs "
        + "no option";

    private static readonly Dictionary<(string Command, string Option), string> Instead = new()
    {
        [("train", "--math")] = Products,
        [("compare", "--math")] = Products,
        [("verify", "--math")] = Products,
        [("train", "--list-presets")] = $"the recipes are listed by --preset {Presets.List}",
        [("train", "--port")] = "the port goes with the page: --live=PORT",
    };

    /// <summary>What to write instead of an option that a command no longer has; null where it never had it.</summary>
    /// <param name="command">The command's name.</param>
    /// <param name="word">The word on the command line, which may go on with = and a value.</param>
    public static string? Find(string command, string word) =>
        Instead.GetValueOrDefault((command, word.Split('=', ':')[0]));
}
