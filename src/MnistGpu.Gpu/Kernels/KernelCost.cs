namespace MnistGpu.Gpu.Kernels;

/// <summary>
/// What a launch has to do at least, whatever its kernel does in fact: an honest measure of different kernels of one
/// equation.
/// </summary>
/// <param name="Bytes">
/// Bytes to move: every element that goes in read once, every element that comes out written once.
/// </param>
/// <param name="Flops">
/// Floating-point operations: a multiply-add is two, an exponential, a root, a quotient, a comparison one each.
/// Operations with integers, such as those that draw a mask, are not counted.
/// </param>
internal readonly record struct KernelCost(double Bytes, double Flops);
