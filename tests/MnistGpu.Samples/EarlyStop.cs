namespace MnistGpu.Samples;

/// <summary>Shows each epoch, and stops as soon as the images held out are read well enough.</summary>
public static class EarlyStop
{
    public static void Run(string data, double goal)
    {
        #region sample
        var options = new TrainingOptions
        {
            Epochs = 50,
            OnEpoch = row => Console.WriteLine($"epoch {row.Epoch}: loss {row.Loss:0.000}, {row.Development:P1}"),
            StopWhen = row => row.Development >= goal,
        };
        using var network = Network.Train(Dataset.Load(data).Training, options);
        Console.WriteLine($"stopped after {network.History.Count} epochs");
        #endregion
    }
}
