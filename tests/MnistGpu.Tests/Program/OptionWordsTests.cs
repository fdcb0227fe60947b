using System.Text.RegularExpressions;
using MnistGpu.Program.Settings;
using MnistGpu.Tests.Support;

namespace MnistGpu.Tests.Program;

public sealed partial class OptionWordsTests
{
    /// <summary>The library has no property for these: they are the command line's alone.</summary>
    private static readonly string[] CommandOnly = ["--checkpoint", "--resume", "--start", "--product", "--tune"];

    [Theory]
    [InlineData("TrainingOptions.Rate", "--rate")]
    [InlineData("take TrainingOptions.Batch = 12, or", "take --batch 12, or")]
    [InlineData("TrainingOptions.Schedule = OneCycle beside it", "--schedule one-cycle beside it")]
    [InlineData("TrainingOptions.KeepBest = true", "--keep best")]
    [InlineData("hold some out with TrainingOptions.Development, or", "hold some out with --dev, or")]
    [InlineData("TrainingOptions.Device = simd", "--device simd")]
    [InlineData("TrainingOptions.From", "--start")]
    [InlineData("LoadOptions.Limit", "--limit")]
    [InlineData("(LoadOptions.Transpose = false leaves them)", "(--read transpose=no leaves them)")]
    [InlineData("LoadOptions.Label = NAME", "--read label=NAME")]
    [InlineData("give another LoadOptions.Size", "give another --read size")]
    [InlineData("(LoadOptions.KeepsPolarity = true keeps them)", "(--polarity as-is keeps them)")]
    [InlineData("Network.Save writes one", "train --save FILE writes one")]
    [InlineData("see Preset.All", "see --preset list")]
    [InlineData("say the range: LoadOptions.Range = (LOW, HIGH)", "say the range: --read range=LOW:HIGH")]
    [InlineData("(LoadOptions.Size = (WIDTH, HEIGHT) says otherwise)", "(--read size=WIDTHxHEIGHT says otherwise)")]
    [InlineData("TrainingOptions.Toaster", "TrainingOptions.Toaster")]
    [InlineData("TrainingOptions.Rate.safetensors", "TrainingOptions.Rate.safetensors")]
    [InlineData("sets/LoadOptions.Size", "sets/LoadOptions.Size")]
    [InlineData("no 'TrainingOptions.Rate' here", "no 'TrainingOptions.Rate' here")]
    [InlineData("Network.Save.onnx", "Network.Save.onnx")]
    [InlineData("make TrainingOptions.Rate smaller. Then", "make --rate smaller. Then")]
    [InlineData("see TrainingOptions.Rate.", "see --rate.")]
    public void PropertiesBecomeOptions(string library, string command) =>
        Assert.Equal(command, OptionWords.In(library));

    [Fact]
    public void WhatWasFoundIsNotTheLibrarysWord() => Assert.Equal(
        "no rate\n  where    : --rate\n  expected : --rate below 1\n  found    : TrainingOptions.Rate\n"
            + "  to do    : leave out --rate",
        OptionWords.In(new UserErrorException("no rate", "TrainingOptions.Rate", "TrainingOptions.Rate below 1",
            "TrainingOptions.Rate", "leave out TrainingOptions.Rate")));

    [Fact]
    public void EveryPropertyThatIsNoCallbackIsAnOption()
    {
        string[] callbacks = [nameof(TrainingOptions.OnEpoch), nameof(TrainingOptions.StopWhen),
            nameof(TrainingOptions.Progress), nameof(LoadOptions.OnMessage)];
        var properties = typeof(TrainingOptions).GetProperties().Concat(typeof(LoadOptions).GetProperties())
            .Select(property => (Class: property.DeclaringType!.Name, property.Name))
            .Where(property => !callbacks.Contains(property.Name)).ToArray();
        Assert.NotEmpty(properties);
        Assert.All(properties, property => Assert.StartsWith("--",
            OptionWords.In($"{property.Class}.{property.Name}"), StringComparison.Ordinal));
    }

    [Fact]
    public void TheLibraryNamesPropertiesAndNoOptions()
    {
        var said = new[] { "src/MnistGpu.Core", "src/MnistGpu.Gpu" }
            .SelectMany(project => Directory.GetFiles(Path.Combine(SourceTree.Root, project), "*.cs",
                SearchOption.AllDirectories))
            .Where(file => !Built().IsMatch(file))
            .SelectMany(file => File.ReadLines(file)
                .Where(line => !line.TrimStart().StartsWith("//", StringComparison.Ordinal))
                .SelectMany(line => Option().Matches(line).Select(match => match.Groups[1].Value))
                .Where(option => !CommandOnly.Contains(option))
                .Select(option => $"{Path.GetFileName(file)}: {option}"));
        Assert.Empty(said);
    }

    [GeneratedRegex(@"""[^""]*(--[a-z][a-z-]*)")]
    private static partial Regex Option();

    [GeneratedRegex(@"[\\/](obj|bin)[\\/]")]
    private static partial Regex Built();
}
