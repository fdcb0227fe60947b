using System.CommandLine;
using MnistGpu.Program.Output;

namespace MnistGpu.Program.Commands.Train;

/// <summary>Trains a network and says how good it became.</summary>
internal static class TrainCommand
{
    public static Command Create()
    {
        var options = new TrainOptions();
        var command = new Command("train", "Train a network; with no options, the tutorial's job: 784-10-10, 2,000 full-batch steps, 42,000 images.");
        options.AddTo(command);
        command.SetAction(parsed =>
        {
            if (options.ListsPresets(parsed))
            {
                PresetTable.Write();
                return ExitCode.Done;
            }

            return new TrainJob(options.Read(command, parsed)).Run();
        });
        return command;
    }
}
