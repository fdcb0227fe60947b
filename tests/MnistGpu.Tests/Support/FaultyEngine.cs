using MnistGpu.Model;

namespace MnistGpu.Tests.Support;

/// <summary>An engine with a fault planted.</summary>
internal sealed class FaultyEngine(INetworkEngine inner) : INetworkEngine
{
    public Action<Gradients> Gradients { get; set; } = _ => { };

    public Func<double, double> Alpha { get; set; } = alpha => alpha;

    public Func<Totals, Totals> Totals { get; set; } = totals => totals;

    public Func<double, double> Prediction { get; set; } = p => p;

    public string Name => inner.Name;

    public string Description => inner.Description;

    public bool IsDouble => inner.IsDouble;

    public NetworkShape Shape => inner.Shape;

    public IStepParts Parts => inner.Parts;

    public Func<Regularization, Regularization> Kept { get; set; } = regularization => regularization;

    public Regularization Regularization
    {
        get => inner.Regularization;
        set => inner.Regularization = Kept(value);
    }

    public void Load(NetworkState state) => inner.Load(state);

    public NetworkState Save() => inner.Save();

    public void Attach(ReadOnlyMemory<byte> X, ReadOnlyMemory<byte> labels) => inner.Attach(X, labels);

    public void Step(UpdateRule rule, uint epoch = 0) => inner.Step(new UpdateRule(Alpha(rule.Alpha)), epoch);

    public void SetOrder(ReadOnlySpan<int> order) => inner.SetOrder(order);

    public void Step(int first, int count, UpdateRule rule, uint epoch = 0) =>
        inner.Step(first, count, new UpdateRule(Alpha(rule.Alpha)), epoch);

    public Totals ReadTotals() => Totals(inner.ReadTotals());

    public Gradients ComputeGradients(ReadOnlySpan<int> images, uint epoch = 0)
    {
        var gradients = inner.ComputeGradients(images, epoch);
        Gradients(gradients);
        return gradients;
    }

    public Totals Evaluate(ReadOnlySpan<byte> X, ReadOnlySpan<byte> labels) => inner.Evaluate(X, labels);

    public void Predict(ReadOnlySpan<byte> X, Span<double> AL)
    {
        inner.Predict(X, AL);
        for (var i = 0; i < AL.Length; i++)
        {
            AL[i] = Prediction(AL[i]);
        }
    }

    public void Dispose() => inner.Dispose();
}
