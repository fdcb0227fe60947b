using System.CommandLine;
using System.CommandLine.Help;
using MnistGpu.Program.Commands;
using MnistGpu.Program.Commands.Train;
using MnistGpu.Program.Jobs;

namespace MnistGpu.Program;

/// <summary>All commands under one.</summary>
internal static class Root
{
    public static RootCommand Create()
    {
        var root = new RootCommand("Trains fully connected networks on handwritten digits, on the CPU or a GPU.")
        {
            TrainCommand.Create(),
            EvaluateCommand.Create(),
            PredictCommand.Create(),
            ServeCommand.Create(),
            ExportCommand.Create(),
            ImportCommand.Create(),
            JoinCommand.Create(),
            TwinCommand.Create(),
            ShowCommand.Create(),
            CompareCommand.Create(),
            VerifyCommand.Create(),
            DevicesCommand.Create(),
            DataCommand.Create(),
            LicencesCommand.Create(),
        };
        // Where there is no terminal, its own lines would be as long as they come.
        root.Options.OfType<HelpOption>().Single().Action = new HelpAction { MaxWidth = Wrapping.Width };
        return root;
    }
}
