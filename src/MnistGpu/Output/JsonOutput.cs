using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace MnistGpu.Program.Output;

/// <summary>One JSON object on standard output, names in snake case, numbers that are none as null.</summary>
internal static class JsonOutput
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new FiniteOrNull() },
    };

    /// <summary>Writes an object, or the members of several one after the other as one.</summary>
    public static void Write(params ReadOnlySpan<object> parts)
    {
        var all = new JsonObject();
        foreach (var part in parts)
        {
            foreach (var (name, value) in JsonSerializer.SerializeToNode(part, Options)!.AsObject().ToArray())
            {
                all[name] = value?.DeepClone();
            }
        }

        Console.WriteLine(all.ToJsonString(Options));
    }

    /// <summary>JSON has no NaN and no infinity.</summary>
    private sealed class FiniteOrNull : JsonConverter<double>
    {
        public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.GetDouble();

        public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options)
        {
            if (double.IsFinite(value))
            {
                writer.WriteNumberValue(value);
            }
            else
            {
                writer.WriteNullValue();
            }
        }
    }
}
