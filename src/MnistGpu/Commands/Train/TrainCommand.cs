using System.CommandLine;
using System.CommandLine.Help;
using MnistGpu.Program.Jobs;
using MnistGpu.Program.Output;
using MnistGpu.Program.Settings;

namespace MnistGpu.Program.Commands.Train;

/// <summary>Trains a network and says how good it became.</summary>
internal static class TrainCommand
{
    public static Command Create()
    {
        var command = new Command(
            "train", "Train a network; with no options, the tutorial's job: 784-10-10, 2,000 full-batch steps, 42,000 "
                + "images.");
        foreach (var setting in TrainSettings.All)
        {
            command.Options.Add(setting.Option);
        }

        command.Options.Add(new HelpOption { Action = new TrainHelp() });
        command.SetAction(parsed =>
        {
            if (TrainSettings.Preset.In(parsed) == Presets.List)
            {
                PresetTable.Write(TrainSettings.Json.In(parsed));
                return ExitCode.Done;
            }

            var job = RankJob.Current;
            return job.Run(_ => new TrainJob(job.Agree(() => TrainReader.Read(command, parsed)), job).Run());
        });
        return command;
    }
}
