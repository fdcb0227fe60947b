using System.CommandLine;
using MnistGpu.Program.Commands;
using MnistGpu.Program.Commands.Train;

var root = new RootCommand("Trains fully connected networks on handwritten digits, on the CPU or a GPU.")
{
    TrainCommand.Create(),
    EvaluateCommand.Create(),
    PredictCommand.Create(),
    ServeCommand.Create(),
    CompareCommand.Create(),
    VerifyCommand.Create(),
    DevicesCommand.Create(),
    DataCommand.Create(),
};
return CommandRunner.Run(root, args);
