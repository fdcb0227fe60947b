namespace MnistGpu.Samples;

/// <summary>Trains on the best GPU, and on the CPU where there is none.</summary>
public static class OnAGpu
{
    public static void Run(string data)
    {
        #region sample
        Console.WriteLine($"here are {string.Join(", ", Network.Devices)}");
        var options = new TrainingOptions { Hidden = [256], Batch = 256, Epochs = 3, Device = "auto" };
        using var network = Network.Train(Dataset.Load(data).Training, options);
        Console.WriteLine($"{network.Device} trained {network.History[^1].ImagesPerSecond:N0} images a second");
        #endregion
    }
}
