using System.CommandLine;
using MnistGpu.Program.Commands;
using MnistGpu.Program.Commands.Train;

namespace MnistGpu.Program;

/// <summary>All commands under one.</summary>
internal static class Root
{
    public static RootCommand Create() =>
        new("Trains fully connected networks on handwritten digits, on the CPU or a GPU.")
        {
            TrainCommand.Create(),
            EvaluateCommand.Create(),
            PredictCommand.Create(),
            ServeCommand.Create(),
            CompareCommand.Create(),
            VerifyCommand.Create(),
            DevicesCommand.Create(),
            DataCommand.Create(),
            LicencesCommand.Create(),
        };
}
