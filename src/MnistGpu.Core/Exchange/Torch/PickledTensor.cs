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
