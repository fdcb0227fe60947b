using ILGPU;
using ILGPU.Runtime;

namespace MnistGpu.Gpu.Kernels.Products;

/// <summary>One way to compute the products of training: a rung of the ladder from textbook to tensor cores.</summary>
internal interface IProductRung
{
    /// <summary>What the user calls it.</summary>
    string Name { get; }

    /// <summary>What it does to the operands.</summary>
    ProductMath Math { get; }

    /// <summary>Whether it has inline PTX that asks for CUDA's compute capability 8.0.</summary>
    bool NeedsSm80 { get; }

    /// <summary>
    /// Whether it is faster with A0 as floats, made once for both products, than with so many pixels an image.
    /// </summary>
    bool PrefersFloats(int inputs);

    /// <summary>Elements of the result that a group computes.</summary>
    int ElementsPerGroup { get; }

    /// <summary>The kernel that it launches for a product.</summary>
    Type Kernel(ProductKind product);

    /// <summary>What it needs that a device does not have; null where it runs.</summary>
    string? Refusal(Accelerator accelerator);

    /// <summary>
    /// Groups that a result of so many rows and columns makes: fewer than the device has multiprocessors leave some
    /// idle.
    /// </summary>
    long Groups(int rows, int columns);

    /// <summary>
    /// Whether a grid of at most so many groups holds a result of so many rows and columns: CUDA's has 65,535 in Y.
    /// </summary>
    bool Fits(Index3D grid, int rows, int columns);

    /// <summary>Launches the kernel for a product; waits for nothing.</summary>
    void Launch(KernelLauncher kernels, in Product product);
}
