using ILGPU;

namespace MnistGpu.Gpu.Kernels.Products;

/// <summary>
/// One of the five products of training: which, its operands and their sizes, where the result goes and what becomes of
/// each sum. Passes, tuning and the bench make it, every rung computes it.
/// </summary>
/// <remarks>
/// W is [<see cref="Rows"/> × <see cref="Columns"/>], row by row; A and A0 are [columns × m], dZ is [rows × m], column
/// by column. The textbook's kernel of the same name says what each product is.
/// </remarks>
internal readonly record struct Product
{
    private Product(ProductKind kind, ArrayView<float> left, ArrayView<float> result, int rows, int columns, int m)
    {
        (Kind, Left, Result, Rows, Columns, M) = (kind, left, result, rows, columns, m);
        Slice = Depth;
    }

    /// <summary>Which of the five.</summary>
    public ProductKind Kind { get; }

    /// <summary>W, or dZ of dZ·Aᵀ and dZ·A0ᵀ.</summary>
    public ArrayView<float> Left { get; }

    /// <summary>A, or dZ of Wᵀ·dZ; empty where the product takes pixels.</summary>
    public ArrayView<float> Right { get; private init; }

    /// <summary>[columns × any] bytes, 255·A0; empty where the product takes none.</summary>
    public ArrayView<byte> X { get; private init; }

    /// <summary>[m] the columns of <see cref="X"/> that are A0.</summary>
    public ArrayView<int> Images { get; private init; }

    /// <summary>Z, dA, or the slices of dW.</summary>
    public ArrayView<float> Result { get; }

    /// <summary>Rows of W.</summary>
    public int Rows { get; }

    /// <summary>Columns of W.</summary>
    public int Columns { get; }

    /// <summary>Images.</summary>
    public int M { get; }

    /// <summary>Terms that are summed apart: images of a slice of dW; elsewhere all.</summary>
    public int Slice { get; private init; }

    /// <summary>Elements from one slice of dW to the next.</summary>
    public int Stride { get; private init; }

    /// <summary>What becomes of each sum of Z or dA.</summary>
    public Epilogue Epilogue { get; private init; }

    /// <summary>
    /// Rows of the result as it lies in memory, column by column: of Z those of W, of dA and dWᵀ W's columns.
    /// </summary>
    public int ResultRows =>
        Kind is ProductKind.WeightsTimesPixels or ProductKind.WeightsTimesActivations ? Rows : Columns;

    /// <summary>Columns of the result: images, or of dWᵀ the rows of W.</summary>
    public int ResultColumns => IsGradient ? Rows : M;

    /// <summary>Terms of a sum in all slices.</summary>
    public int Depth => IsGradient ? M : Kind is ProductKind.TransposedWeightsTimesErrors ? Rows : Columns;

    /// <summary>Slices of the result, 1 but for dW.</summary>
    public int Slices => (Depth - 1) / Slice + 1;

    /// <summary>Elements of all slices.</summary>
    public int Elements => ResultRows * ResultColumns * Slices;

    private bool IsGradient => Kind is ProductKind.ErrorsTimesActivations or ProductKind.ErrorsTimesPixels;

    /// <summary>Z = W·A0, A0 = X/255, as <see cref="Products.WeightsTimesPixels"/>.</summary>
    public static Product WeightsTimesPixels(
        ArrayView<float> W, ArrayView<byte> X, ArrayView<int> images, ArrayView<float> Z, int rows, int columns,
        Epilogue epilogue = default) => new(ProductKind.WeightsTimesPixels, W, Z, rows, columns, images.IntLength)
        {
            X = X,
            Images = images,
            Epilogue = epilogue,
        };

    /// <summary>Z = W·A, as <see cref="Products.WeightsTimesActivations"/>.</summary>
    public static Product WeightsTimesActivations(
        ArrayView<float> W, ArrayView<float> A, ArrayView<float> Z, int rows, int columns, int m,
        Epilogue epilogue = default) => new(ProductKind.WeightsTimesActivations, W, Z, rows, columns, m)
        {
            Right = A,
            Epilogue = epilogue,
        };

    /// <summary>dA = Wᵀ·dZ, as <see cref="Products.TransposedWeightsTimesErrors"/>.</summary>
    public static Product TransposedWeightsTimesErrors(
        ArrayView<float> W, ArrayView<float> dZ, ArrayView<float> dA, int rows, int columns, int m,
        Epilogue epilogue = default) => new(ProductKind.TransposedWeightsTimesErrors, W, dA, rows, columns, m)
        {
            Right = dZ,
            Epilogue = epilogue,
        };

    /// <summary>dW = dZ·Aᵀ in slices of the images, as <see cref="Products.ErrorsTimesActivations"/>.</summary>
    public static Product ErrorsTimesActivations(
        ArrayView<float> dZ, ArrayView<float> A, ArrayView<float> dW, int rows, int columns, int m, int slice,
        int stride) =>
        new(ProductKind.ErrorsTimesActivations, dZ, dW, rows, columns, m)
        {
            Right = A,
            Slice = slice,
            Stride = stride,
        };

    /// <summary>dW = dZ·A0ᵀ in slices of the images, as <see cref="Products.ErrorsTimesPixels"/>.</summary>
    public static Product ErrorsTimesPixels(
        ArrayView<float> dZ, ArrayView<byte> X, ArrayView<int> images, ArrayView<float> dW, int rows, int columns,
        int slice, int stride) => new(ProductKind.ErrorsTimesPixels, dZ, dW, rows, columns, images.IntLength)
        {
            X = X,
            Images = images,
            Slice = slice,
            Stride = stride,
        };
}
