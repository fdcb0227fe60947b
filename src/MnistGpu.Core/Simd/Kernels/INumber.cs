namespace MnistGpu.Simd.Kernels;

/// <summary>
/// A number as a type: a kernel that is generic over it is compiled once per number, and what it does not need falls
/// away.
/// </summary>
internal interface INumber
{
    /// <summary>The number.</summary>
    static abstract int Value { get; }
}

internal readonly struct Number1 : INumber
{
    public static int Value => 1;
}

internal readonly struct Number2 : INumber
{
    public static int Value => 2;
}

internal readonly struct Number3 : INumber
{
    public static int Value => 3;
}

internal readonly struct Number4 : INumber
{
    public static int Value => 4;
}

internal readonly struct Number5 : INumber
{
    public static int Value => 5;
}

internal readonly struct Number6 : INumber
{
    public static int Value => 6;
}

internal readonly struct Number7 : INumber
{
    public static int Value => 7;
}

internal readonly struct Number8 : INumber
{
    public static int Value => 8;
}
