namespace MnistGpu.Samples;

/// <summary>Trains a network, saves it, loads it, and asks it what an image shows.</summary>
public static class TrainAndPredict
{
    public static void Run(string data, string model)
    {
        #region sample
        var digits = Dataset.Load(data);
        using var network = Network.Train(digits.Training, Preset.Quick.Options with { Epochs = 3 });
        Console.WriteLine($"{network.Evaluate(digits.Test)} of the test images");
        network.Save(model);

        using var loaded = Network.Load(model);
        foreach (var answer in loaded.PredictMany([.. digits.Test.Image(0), .. digits.Test.Image(1)]))
        {
            Console.WriteLine(answer);
        }
        #endregion
    }
}
