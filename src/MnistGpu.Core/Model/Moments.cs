namespace MnistGpu.Model;

/// <summary>
/// What an optimizer remembers between steps, in the layout of <see cref="NetworkState"/>: momentum's v, or Adam's m and v.
/// </summary>
public sealed class Moments
{
    /// <summary>Makes moments of the given shape, all zero, that no step has touched.</summary>
    /// <param name="shape">The network's widths.</param>
    /// <param name="count">1 for momentum, 2 for Adam.</param>
    public Moments(NetworkShape shape, int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, 2);
        First = new Gradients(shape);
        Second = count > 1 ? new Gradients(shape) : null;
    }

    /// <summary>Momentum's v, or Adam's m: a mean of the gradients.</summary>
    public Gradients First { get; }

    /// <summary>Adam's v: a mean of the squared gradients; null for momentum.</summary>
    public Gradients? Second { get; }

    /// <summary>How many they are: 1 or 2.</summary>
    public int Count => Second is null ? 1 : 2;

    /// <summary>Steps that have touched them: t of the bias correction.</summary>
    public long Steps { get; set; }

    /// <summary>A copy that shares nothing with these.</summary>
    public Moments Clone()
    {
        var copy = new Moments(First.Shape, Count) { Steps = Steps };
        First.CopyTo(copy.First);
        Second?.CopyTo(copy.Second!);
        return copy;
    }
}
