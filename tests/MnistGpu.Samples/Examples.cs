namespace MnistGpu.Samples;

/// <summary>The examples that stand at the library's types: they compile, or the build says so.</summary>
internal static class Examples
{
    public static void OfDataset()
    {
        #region Dataset
        var digits = Dataset.Load();
        Console.WriteLine($"{digits.Training.Count} images to train on, {digits.Test.Count} to test on");
        #endregion
    }

    public static void OfImageSet()
    {
        #region ImageSet
        byte[] pixels = [0, 255, 0, 255, 255, 255, 0, 0];
        byte[] labels = [0, 1];
        var set = ImageSet.From(pixels, labels, width: 2, height: 2, classNames: ["upright", "lying"]);
        #endregion
        Console.WriteLine(set);
    }

    public static void OfNetwork()
    {
        #region Network
        var digits = Dataset.Load();
        using var network = Network.Train(digits.Training, new() { Epochs = 5, OnEpoch = Console.WriteLine });
        Console.WriteLine(network.Evaluate(digits.Test));
        network.Save("model.safetensors");

        using var loaded = Network.Load("model.safetensors");
        var answer = loaded.Predict("seven.png");
        Console.WriteLine($"a {answer.Name}, to {answer.Probability:P1}");
        #endregion
    }

    public static void OfPreset()
    {
        #region Preset
        var network = Network.Train(Dataset.Load().Training, Preset.Quick.Options with { Seed = 3 });
        #endregion
        Console.WriteLine(network);
    }

    public static void OfTrainingOptions()
    {
        #region TrainingOptions
        var options = new TrainingOptions
        {
            Hidden = [256, 128],
            Optimizer = Optimizer.AdamW,
            Decay = 0.01,
            Schedule = Schedule.OneCycle,
            Deform = new() { Shift = 1, Rotation = 12 },
            OnEpoch = row => Console.WriteLine($"{row.Epoch}: {row.Development:P1}"),
        };
        #endregion
        Console.WriteLine(options);
    }

    public static void OfLoadOptions()
    {
        #region LoadOptions
        var table = Dataset.Load("table.csv", new() { Label = "last", HasHeader = false });
        #endregion
        Console.WriteLine(table);
    }

    public static void OfAnswer(Network network, byte[] pixels)
    {
        #region Answer
        var answer = network.Predict(pixels);
        Console.WriteLine(answer.Probability > 0.9 ? $"a {answer.Name}" : $"perhaps a {answer.Name}");
        #endregion
    }

    public static void OfScore(Network network, Dataset digits)
    {
        #region Score
        var score = network.Evaluate(digits.Test);
        Console.WriteLine($"{score}; {score.Confusion(4, 9)} fours were taken for nines");
        #endregion
    }
}
