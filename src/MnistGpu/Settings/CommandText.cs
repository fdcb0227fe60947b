using System.Buffers;

namespace MnistGpu.Program.Settings;

/// <summary>A command as a user would type it.</summary>
internal static class CommandText
{
    private static readonly SearchValues<char> Plain = SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=+.,:/@%");

    /// <summary>The words, each in quotes where a shell needs them.</summary>
    public static string Join(IEnumerable<string> words) => string.Join(' ', words.Select(Quote));

    /// <summary>Options as words, but for those named.</summary>
    public static IEnumerable<string> Words(IEnumerable<KeyValuePair<string, string?>> options,
        params HashSet<string> without) =>
        options.Where(option => !without.Contains(option.Key))
            .SelectMany(option => option.Value is not { } value ? (IEnumerable<string>)[option.Key]
                // Alone, a word with a hyphen would be read as an option.
                : value.StartsWith('-') ? [$"{option.Key}={value}"] : [option.Key, value]);

    private static string Quote(string word) =>
        word.Length > 0 && word.AsSpan().IndexOfAnyExcept(Plain) < 0 ? word
        : OperatingSystem.IsWindows() ? $"\"{word.Replace("\"", "\\\"", StringComparison.Ordinal)}\""
        : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
