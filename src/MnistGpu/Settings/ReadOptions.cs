using System.CommandLine;
using MnistGpu.Data.Sources;

namespace MnistGpu.Program.Settings;

/// <summary>How a command's images are read, where no model says it.</summary>
internal sealed class ReadOptions
{
    /// <summary>What the files do not say themselves.</summary>
    public Option<string> Read { get; } = CommonOptions.Read();

    /// <summary>Whether pictures that are dark on light are turned over.</summary>
    public Option<string> Polarity { get; } = CommonOptions.Polarity();

    /// <summary>What they say, to be completed by how much the command reads.</summary>
    public DataRequest Request(ParseResult parsed) => Request(parsed.GetValue(Read)!, parsed.GetValue(Polarity)!);

    /// <summary>The same of their values.</summary>
    public static DataRequest Request(string read, string polarity) => new()
    {
        ReadAs = ReadText.Parse(read),
        PolarityAsIs = polarity == CommonOptions.AsIs,
    };
}
