using System.Runtime.Intrinsics;
using MnistGpu.Deformations;
using MnistGpu.Simd.Kernels;
using MnistGpu.Simd.Memory;
using MnistGpu.Simd.Vectors;

namespace MnistGpu.Simd;

/// <summary>Deforms single images to the same bytes as a training step.</summary>
internal sealed unsafe class ImageDeformer : IDisposable
{
    private readonly IDeformer deformer;
    private readonly AlignedBuffer memory;
    private readonly int pixels;

    /// <summary>A deformer with this machine's widest vectors.</summary>
    /// <param name="deformation">How far images are deformed.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="pixels">Pixels of an image.</param>
    /// <exception cref="ArgumentOutOfRangeException">Such images cannot be deformed.</exception>
    public ImageDeformer(Deformation deformation, ulong seed, int pixels)
        : this(deformation, seed, pixels, VectorWidths.Widest)
    {
    }

    internal ImageDeformer(Deformation deformation, ulong seed, int pixels, VectorWidth width)
    {
        var tables = new DeformationTables(deformation, pixels);
        this.pixels = pixels;
        deformer = Create(width, tables, seed);
        memory = new AlignedBuffer(deformer.ScratchLength + pixels + PixelBlocks.Size);
    }

    /// <summary>A deformer with vectors of this width.</summary>
    internal static IDeformer Create(VectorWidth width, DeformationTables tables, ulong seed) => width switch
    {
        VectorWidth.Bits512 => new Deformer<Vector512<float>, Ops512>(tables, seed),
        VectorWidth.Bits256 => new Deformer<Vector256<float>, Ops256>(tables, seed),
        VectorWidth.Bits128 => new Deformer<Vector128<float>, Ops128>(tables, seed),
        _ => new Deformer<float, OpsScalar>(tables, seed),
    };

    /// <summary>Deforms one image.</summary>
    /// <param name="X">[pixels] bytes.</param>
    /// <param name="index">Its index in the attached set.</param>
    /// <param name="label">Its class.</param>
    /// <param name="epoch">The epoch, from 0.</param>
    /// <param name="result">Receives [pixels] bytes.</param>
    /// <exception cref="ArgumentException">An image is of another size.</exception>
    public void Deform(ReadOnlySpan<byte> X, int index, byte label, uint epoch, Span<byte> result)
    {
        if (X.Length != pixels || result.Length != pixels)
        {
            throw new ArgumentException(
                $"Images of {pixels} pixels are deformed, not of {X.Length} to {result.Length}.", nameof(X));
        }

        deformer.Epoch = epoch;
        var to = memory.Bytes + deformer.ScratchLength;
        fixed (byte* image = X)
        {
            deformer.Deform(image, index, label, to, memory.Bytes);
        }

        new ReadOnlySpan<byte>(to, pixels).CopyTo(result);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        deformer.Dispose();
        memory.Dispose();
    }
}
