namespace MnistGpu.Model;

/// <summary>What an optimizer remembers between steps, in the layout of <see cref="NetworkState"/>.</summary>
internal sealed class Moments
{
    /// <summary>Makes moments of the given shape, all zero, that no step has touched.</summary>
    /// <param name="shape">The network's widths.</param>
    /// <param name="kind">What they are; not <see cref="MomentKind.None"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">They are none, or there are no such moments.</exception>
    public Moments(NetworkShape shape, MomentKind kind)
    {
        ArgumentOutOfRangeException.ThrowIfEqual(kind, MomentKind.None);
        Kind = kind;
        Count = kind.Count();
        First = new Gradients(shape);
        Second = Count > 1 ? new Gradients(shape) : null;
    }

    /// <summary>What they are: only an optimizer that remembers the same goes on with them.</summary>
    public MomentKind Kind { get; }

    /// <summary>How many they are: 1 or 2.</summary>
    public int Count { get; }

    /// <summary>The only moment, or the first of two, in the order of <see cref="MomentKind"/>'s words.</summary>
    public Gradients First { get; }

    /// <summary>The second of two; null where there is one.</summary>
    public Gradients? Second { get; }

    /// <summary>Steps that have touched them: t of the bias correction.</summary>
    public long Steps { get; set; }

    /// <summary>A copy that shares nothing with these.</summary>
    public Moments Clone()
    {
        var copy = new Moments(First.Shape, Kind) { Steps = Steps };
        First.CopyTo(copy.First);
        Second?.CopyTo(copy.Second!);
        return copy;
    }
}
