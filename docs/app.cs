// dotnet run docs/app.cs: a program of one file, and no project.
#:project ../src/MnistGpu.Core
#:property RestorePackagesWithLockFile=false

using MnistGpu;

var digits = Dataset.Load(args.Length > 0 ? args[0] : "auto");
using var network = Network.Train(digits.Training, new() { Epochs = 2, OnEpoch = row => Console.WriteLine(row.Loss) });
Console.WriteLine($"{network.Evaluate(digits.Test)} of the test images");
