namespace MnistGpu.Model;

/// <summary>The gradients of the mean loss over a batch, in the layout of <see cref="NetworkState"/>.</summary>
internal sealed class Gradients
{
    /// <summary>Makes gradients of the given shape, all zero.</summary>
    public Gradients(NetworkShape shape)
    {
        Shape = shape;
        var zero = new NetworkState(shape);
        dW = zero.W;
        db = zero.b;
    }

    /// <summary>The network's widths.</summary>
    public NetworkShape Shape { get; }

    /// <summary>dWl [out × in], row by row, at index l − 1.</summary>
    public double[][] dW { get; }

    /// <summary>dbl [out × 1] at index l − 1.</summary>
    public double[][] db { get; }

    /// <summary>Copies all elements to another of the same shape.</summary>
    public void CopyTo(Gradients other)
    {
        for (var l = 0; l < Shape.Layers; l++)
        {
            dW[l].CopyTo(other.dW[l], 0);
            db[l].CopyTo(other.db[l], 0);
        }
    }
}
