namespace MnistGpu.Exchange.Torch;

/// <summary>What a pickle says of a tensor; its numbers lie in the archive under the storage's key.</summary>
/// <param name="Storage">Where its numbers lie.</param>
/// <param name="Offset">The first of them.</param>
/// <param name="Size">Its dimensions.</param>
/// <param name="Stride">Numbers from one element to the next in each dimension.</param>
internal sealed record PickledTensor(PickledStorage Storage, long Offset, long[] Size, long[] Stride);

/// <summary>Numbers in a file of their own in the archive.</summary>
/// <param name="Type">PyTorch's name of the storage's class, FloatStorage for example.</param>
/// <param name="Key">The file's name.</param>
/// <param name="Count">How many numbers there are.</param>
internal sealed record PickledStorage(string Type, string Key, long Count);

/// <summary>A name of Python's, which stands for itself.</summary>
/// <param name="Name">Module and name, with a space between.</param>
internal sealed record PickledName(string Name);

/// <summary>A dictionary, as it was written.</summary>
internal sealed class PickledDictionary
{
    /// <summary>Its pairs, in order.</summary>
    public List<(object? Key, object? Value)> Pairs { get; } = [];
}
