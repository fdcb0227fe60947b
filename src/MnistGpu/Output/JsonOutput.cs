using System.Text.Encodings.Web;
using System.Text.Json;

namespace MnistGpu.Program.Output;

/// <summary>One JSON object on standard output, names in snake case, numbers that are none as null.</summary>
internal static class JsonOutput
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static void Write<T>(T value) => Console.WriteLine(JsonSerializer.Serialize(value, Options));

    /// <summary>JSON has no NaN and no infinity.</summary>
    public static double? Number(double value) => double.IsFinite(value) ? value : null;
}
