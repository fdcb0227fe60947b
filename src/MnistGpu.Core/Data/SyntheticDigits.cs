namespace MnistGpu.Data;

/// <summary>Which of two independent sets of synthetic digits.</summary>
public enum SyntheticPart : uint
{
    /// <summary>The digits to train on.</summary>
    Train = 0,

    /// <summary>The digits to test on.</summary>
    Test = 1,
}

/// <summary>Draws handwritten-looking digits.</summary>
public static class SyntheticDigits
{
    /// <summary>Draws <paramref name="count"/> digits; image j depends on (seed, part, j) only.</summary>
    public static DigitSet Draw(int count, ulong seed, SyntheticPart part, CancellationToken cancel = default) =>
        throw new NotImplementedException();
}
