namespace MnistGpu.Samples;

/// <summary>Trains on images that the program makes itself: bars that stand and bars that lie.</summary>
public static class OwnImages
{
    private const int Side = 12, Count = 600;

    public static void Run()
    {
        var (pixels, labels) = Draw();
        #region sample
        var bars = ImageSet.From(pixels, labels, Side, Side, classNames: ["upright", "lying"]);
        var (test, training) = bars.Split(100);
        using var network = Network.Train(training, new() { Hidden = [16], Batch = 32, Device = "simd" });
        Console.WriteLine($"{network.Evaluate(test)} of the bars; the first is {network.Predict(test.Image(0)).Name}");
        #endregion
    }

    private static (byte[] Pixels, byte[] Labels) Draw()
    {
        var random = new Random(1);
        var (pixels, labels) = (new byte[Count * Side * Side], new byte[Count]);
        for (var j = 0; j < Count; j++)
        {
            labels[j] = (byte)random.Next(2);
            var place = random.Next(Side);
            for (var i = 0; i < Side; i++)
            {
                var (x, y) = labels[j] == 0 ? (place, i) : (i, place);
                pixels[(j * Side + y) * Side + x] = 255;
            }
        }

        return (pixels, labels);
    }
}
