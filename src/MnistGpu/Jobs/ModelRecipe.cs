using System.CommandLine;
using System.Globalization;
using MnistGpu.Program.Settings;
using MnistGpu.Training;

namespace MnistGpu.Program.Jobs;

/// <summary>How a model was trained, as its metadata tell it.</summary>
/// <param name="Request">The job.</param>
/// <param name="Options">The options that the command needs beside its defaults, in the order of the help.</param>
/// <param name="Seed">The seed of the run that the model is of; with --repeat one of several, with --committee the
/// first.</param>
internal sealed record ModelRecipe(TrainRequest Request, IReadOnlyList<KeyValuePair<string, string?>> Options,
    ulong Seed)
{
    /// <summary>The command that trains such a model; the data are named as they were then. Null where it started from
    /// a network that is in no file.</summary>
    public string? Command => Request.StartFile == Network.Trained ? null
        : StartedAs.Command(["train", .. CommandText.Words(Options)]);

    /// <summary>The options that change the model.</summary>
    private static IEnumerable<Setting> Results =>
        TrainSettings.All.Where(setting => setting.Role == SettingRole.Result);

    /// <summary>What a model's file says of its training; null where it is not of this program's training, or of a
    /// committee whose networks were not trained by one command.</summary>
    /// <param name="path">The file, for errors.</param>
    /// <param name="model">What it holds.</param>
    /// <exception cref="UserErrorException">The options are of another version.</exception>
    public static ModelRecipe? Find(string path, ModelFile model)
    {
        var metadata = model.Metadata;
        if (!metadata.ContainsKey(TrainingRecord.ProgramKey)
            || !ulong.TryParse(metadata.GetValueOrDefault("seed"), NumberStyles.None, CultureInfo.InvariantCulture,
                out var seed)
            || (model.IsCommittee && CommitteeFile.Differ(metadata, Results.Select(setting => setting.Key))))
        {
            return null;
        }

        // The command's options, without what it does.
        var train = new Command("train");
        foreach (var setting in TrainSettings.All)
        {
            train.Options.Add(setting.Option);
        }

        var isResult = Results.Select(setting => setting.Name).ToHashSet();
        var options = CheckpointSettings.Options(metadata).Where(option => isResult.Contains(option.Key))
            .ToDictionary(option => option.Key, option => option.Value);
        var parsed = TrainArguments.Parse(train, options, path);
        var request = new TrainRequest(parsed);
        var needed = TrainSettings.All.Where(setting => options.ContainsKey(setting.Name) && IsNeeded(setting))
            .Select(setting => KeyValuePair.Create(setting.Name, options[setting.Name]));
        return new ModelRecipe(request, [.. needed], seed);

        // Whether the run would be another without it.
        bool IsNeeded(Setting setting)
        {
            if (setting == TrainSettings.Preset)
            {
                return request.Preset.Name != Presets.Default;
            }

            var others = options.Where(option => option.Key != setting.Name).ToDictionary();
            var without = TrainArguments.Parse(train, TrainArguments.Over(request.Preset.Options(), others), path);
            var isDefault = setting == TrainSettings.Activation && request.Options.Activation == Activation.ReLU
                && request.StartFile is null;
            return !isDefault && setting.TextIn(parsed) != setting.TextIn(without);
        }
    }
}
