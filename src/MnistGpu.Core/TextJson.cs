using System.Text.Json.Serialization;

namespace MnistGpu;

/// <summary>Texts as JSON by code that the build writes: programs compiled ahead of time have no reflection.</summary>
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(string[]))]
internal sealed partial class TextJson : JsonSerializerContext;
