using System.Globalization;

namespace MnistGpu.Program.Settings;

/// <summary>The library's recipes as the command line has them.</summary>
internal static class Presets
{
    /// <summary>What --preset takes to list them.</summary>
    public const string List = "list";

    /// <summary>What <c>train</c> does without --preset.</summary>
    public static string Default => Preset.Tutorial.Name;

    /// <summary>Whether a name is <see cref="List"/>, in any case.</summary>
    public static bool IsList(string name) => name.Equals(List, StringComparison.OrdinalIgnoreCase);

    /// <summary>A recipe's options as a user would write them: those that <c>train</c> has not by itself.</summary>
    public static string Options(this Preset preset) => string.Join(' ', Data(preset).Concat(TrainSettings.All
        .Select(setting => (setting, property: typeof(TrainingOptions).GetProperty(setting.Property)))
        .Where(pair => pair.property is not null)
        .Select(pair => (pair.setting.Name, Text: Text(pair.property!.GetValue(preset.Options), pair.setting),
            Usual: Text(pair.property.GetValue(Preset.Tutorial.Options), pair.setting)))
        .Where(option => option.Text is not null && option.Text != option.Usual)
        .Select(option => $"{option.Name} {option.Text}")));

    /// <summary>The recipes that have a pass mark, for people.</summary>
    public static string Marked => string.Join(", ", Preset.All.Where(preset => preset.Mark is not null)
        .Select(preset => preset.Name));

    private static string[] Data(Preset preset) =>
        preset.Data == Preset.Tutorial.Data ? [] : [$"{TrainSettings.Data.Name} {preset.Data}"];

    /// <summary>A property's value as an option; null for one that is not given.</summary>
    private static string? Text(object? value, Setting setting) => value switch
    {
        null => setting == TrainSettings.Limit ? "all" : setting == TrainSettings.Batch ? "full" : null,
        IReadOnlyList<int> widths => string.Join('-', widths),
        Optimizer optimizer => OptionNames.Of(OptionNames.Optimizers, optimizer),
        Schedule schedule => OptionNames.Of(OptionNames.Schedules, schedule),
        Start start => OptionNames.Of(OptionNames.Starts, start),
        Activation activation => OptionNames.Of(OptionNames.Activations, activation),
        Deformation deformation => DeformText.Format(deformation),
        double number => number.ToString("0.###############", CultureInfo.InvariantCulture),
        IFormattable other => other.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString(),
    };
}
