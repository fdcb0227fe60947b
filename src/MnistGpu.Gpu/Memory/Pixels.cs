using ILGPU;

namespace MnistGpu.Gpu.Memory;

/// <summary>
/// Images that a pass reads: the columns of <paramref name="X"/> that <paramref name="Columns"/> names.
/// </summary>
/// <param name="X">[inputs × any] bytes.</param>
/// <param name="Columns">[m] indices.</param>
internal readonly record struct Pixels(ArrayView<byte> X, ArrayView<int> Columns);
