using System.Collections.Immutable;
using System.Globalization;

namespace MnistGpu.Model;

/// <summary>
/// The widths of a fully connected network, input first, and its hidden layers' activation: 784-10-10 has L = 2 layers,
/// W1 [10 × 784] and W2 [10 × 10]. Layers are numbered from 1 as in the equations; arrays of layers hold layer l at
/// index l − 1.
/// </summary>
internal sealed class NetworkShape : IEquatable<NetworkShape>
{
    /// <summary>No layer may be wider: 16 Mi floats in a column is far past any network this trainer is for.</summary>
    public const int MaxWidth = 1 << 24;

    /// <summary>
    /// No network may have more parameters: saved as float64 they must fit one .NET array, with room for what else a
    /// file holds.
    /// </summary>
    public const long MaxParameters = 1 << 27;

    /// <summary>Makes a shape from its widths, input first.</summary>
    /// <exception cref="UserErrorException">Fewer than two widths, a width below 1 or above <see cref="MaxWidth"/>, or
    /// more than <see cref="MaxParameters"/> parameters.</exception>
    public NetworkShape(params ReadOnlySpan<int> widths)
        : this(null, widths)
    {
    }

    /// <summary>
    /// Makes a shape from its widths, input first; errors say that they were found at <paramref name="where"/>.
    /// </summary>
    /// <inheritdoc cref="NetworkShape(ReadOnlySpan{int})" path="/exception"/>
    public NetworkShape(string? where, ReadOnlySpan<int> widths)
    {
        Widths = [.. widths];
        if (Widths.Length < 2)
        {
            throw Refuse("at least two widths, the input's and the output's", $"{Widths.Length}", where);
        }

        foreach (var width in Widths)
        {
            if (width is < 1 or > MaxWidth)
            {
                throw Refuse($"widths from 1 to {MaxWidth}", $"a width of {width}", where);
            }
        }

        if (ParameterCount > MaxParameters)
        {
            throw Refuse($"at most {MaxParameters:N0} parameters", $"{ParameterCount:N0}", where);
        }
    }

    /// <summary>The widths, input first.</summary>
    public ImmutableArray<int> Widths { get; }

    /// <summary>What the hidden layers make of Z.</summary>
    public Activation Activation { get; private init; }

    /// <summary>L, the number of layers with parameters.</summary>
    public int Layers => Widths.Length - 1;

    /// <summary>The number of rows of A0: pixels per image.</summary>
    public int Inputs => Widths[0];

    /// <summary>The number of rows of AL: classes.</summary>
    public int Outputs => Widths[^1];

    /// <summary>The number of columns of Wl, for the layer at index <paramref name="layer"/> = l − 1.</summary>
    public int In(int layer) => Widths[layer];

    /// <summary>The number of rows of Wl and bl, for the layer at index <paramref name="layer"/> = l − 1.</summary>
    public int Out(int layer) => Widths[layer + 1];

    /// <summary>All elements of all Wl and bl.</summary>
    public long ParameterCount
    {
        get
        {
            long count = 0;
            for (var layer = 0; layer < Layers; layer++)
            {
                count += ((long)In(layer) + 1) * Out(layer);
            }

            return count;
        }
    }

    /// <summary>
    /// Floating-point operations of one training step per image, products only, a multiply-add counted as two:
    /// Wl·A(l−1) and dWl for every layer, Wlᵀ·dZl for every layer but the first.
    /// </summary>
    public long FlopsPerImage
    {
        get
        {
            long flops = 0;
            for (var layer = 0; layer < Layers; layer++)
            {
                flops += (layer == 0 ? 4L : 6L) * In(layer) * Out(layer);
            }

            return flops;
        }
    }

    /// <summary>The same widths with another activation.</summary>
    public NetworkShape With(Activation activation) => new(Widths.AsSpan()) { Activation = activation };

    /// <summary>Reads a shape as a user writes it: widths joined by '-', as in 784-128-64-10.</summary>
    /// <exception cref="UserErrorException">The text is no such list.</exception>
    public static NetworkShape Parse(string text)
    {
        var parts = text.Split('-');
        var widths = new int[parts.Length];
        var where = $"the network '{text}'";
        for (var i = 0; i < parts.Length; i++)
        {
            if (!int.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out widths[i]))
            {
                throw Refuse("whole numbers joined by '-'",
                    parts[i].Length == 0 ? "nothing between two" : $"'{parts[i]}'", where);
            }
        }

        return new NetworkShape(where, widths);
    }

    /// <summary>
    /// Reads hidden widths as a user writes them, joined by '-' as in 128-64, and adds the two ends.
    /// </summary>
    /// <param name="hidden">The widths between the ends.</param>
    /// <param name="pixels">The first width.</param>
    /// <param name="classes">The last width.</param>
    /// <exception cref="UserErrorException">The text is no such list.</exception>
    public static NetworkShape Between(string hidden, int pixels, int classes) =>
        Parse(string.Create(CultureInfo.InvariantCulture, $"{pixels}-{hidden}-{classes}"));

    /// <summary>Refuses a network that cannot read these images or name these classes.</summary>
    /// <exception cref="UserErrorException">The first width is not <paramref name="pixels"/> or the last not
    /// <paramref name="classes"/>.</exception>
    public void RequireFits(int pixels, int classes)
    {
        if (Inputs != pixels)
        {
            throw new UserErrorException($"The network {this} cannot read these images",
                expected: $"a first width of {pixels}, one per pixel", found: $"{Inputs}",
                todo: $"start the network with {pixels}, for example {pixels}-10-{classes}");
        }

        if (Outputs != classes)
        {
            throw new UserErrorException($"The network {this} cannot name these classes",
                expected: $"a last width of {classes}, one per class", found: $"{Outputs}",
                todo: $"end the network with {classes}, for example {pixels}-10-{classes}");
        }
    }

    /// <inheritdoc/>
    public bool Equals(NetworkShape? other) =>
        other is not null && Activation == other.Activation && Widths.AsSpan().SequenceEqual(other.Widths.AsSpan());

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as NetworkShape);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var width in Widths)
        {
            hash.Add(width);
        }

        return hash.ToHashCode();
    }

    /// <summary>The widths joined by '-', without the activation.</summary>
    public override string ToString() => string.Join('-', Widths);

    private static UserErrorException Refuse(string expected, string found, string? where) =>
        new("This is no network", where, expected: expected, found: found,
            todo: "write the widths from input to output, for example 784-10-10");
}
