namespace MnistGpu.Samples;

/// <summary>Lets networks from several seeds answer together.</summary>
public static class Committees
{
    public static void Run(string data)
    {
        #region sample
        var digits = Dataset.Load(data);
        using var network = Network.Train(digits.Training, new() { Epochs = 3, Device = "simd" });
        using var two = Network.Train(digits.Training, new() { Epochs = 3, Device = "simd", Seed = 1, Committee = 2 });
        using var three = Network.Join([network, two]);
        Console.WriteLine($"one network reads {network.Evaluate(digits.Test)}");
        Console.WriteLine($"{three.Members} networks read {three.Evaluate(digits.Test)}");
        #endregion
    }
}
