namespace MnistGpu.Model;

/// <summary>
/// Everything a run needs to go on: the parameters, their average, the optimizer's moments and the number of steps
/// taken. Values are held as doubles, which hold an engine's floats exactly too, so that a state passes between engines
/// without loss.
/// </summary>
internal sealed class NetworkState
{
    /// <summary>Makes a state with all parameters zero, at step 0.</summary>
    public NetworkState(NetworkShape shape)
    {
        Shape = shape;
        W = new double[shape.Layers][];
        b = new double[shape.Layers][];
        for (var layer = 0; layer < shape.Layers; layer++)
        {
            W[layer] = new double[shape.In(layer) * shape.Out(layer)];
            b[layer] = new double[shape.Out(layer)];
        }
    }

    /// <summary>The network's widths.</summary>
    public NetworkShape Shape { get; }

    /// <summary>Wl [out × in], row by row, at index l − 1.</summary>
    public double[][] W { get; }

    /// <summary>bl [out × 1] at index l − 1.</summary>
    public double[][] b { get; }

    /// <summary>Training steps taken since the start.</summary>
    public long Step { get; set; }

    /// <summary>What the optimizer remembers; null before its first step, and where it remembers nothing.</summary>
    public Moments? Moments { get; set; }

    /// <summary>
    /// θ̄, the moving average of the parameters (<see cref="UpdateRule.Averaging"/>), which then answers in their
    /// place; null where none is kept. Only its parameters count.
    /// </summary>
    public NetworkState? Average { get; set; }

    /// <summary>
    /// The parameters used for evaluation: the average if there is one, else the parameters themselves.
    /// </summary>
    public NetworkState EvaluationParameters => Average ?? this;

    /// <summary>Whether every parameter is a finite number.</summary>
    public bool IsFinite => Array.TrueForAll(W, AllFinite) && Array.TrueForAll(b, AllFinite);

    /// <summary>Whether float32 holds every parameter, as all engines but the reference have them.</summary>
    public bool IsSingle => Array.TrueForAll(W, AllSingle) && Array.TrueForAll(b, AllSingle);

    /// <summary>A copy that shares nothing with this state.</summary>
    public NetworkState Clone()
    {
        var copy = new NetworkState(Shape) { Step = Step, Moments = Moments?.Clone(), Average = Average?.Clone() };
        for (var layer = 0; layer < Shape.Layers; layer++)
        {
            W[layer].CopyTo(copy.W[layer], 0);
            b[layer].CopyTo(copy.b[layer], 0);
        }

        return copy;
    }

    private static bool AllFinite(double[] values) => Array.TrueForAll(values, double.IsFinite);

    private static bool AllSingle(double[] values) => Array.TrueForAll(values, value => (float)value == value);
}
