using MnistGpu.Data;
using MnistGpu.Deformations;
using MnistGpu.Reference;
using MnistGpu.Simd;
using MnistGpu.Simd.Memory;
using MnistGpu.Simd.Vectors;

namespace MnistGpu.Bench.Operations;

/// <summary>The first images of a set, a deformation of them, and the bytes that it must give.</summary>
internal sealed class BentDigits
{
    /// <summary>The run's seed.</summary>
    public const ulong Seed = 1;

    private const int Most = 4096;

    public BentDigits(DigitSet set, Deformation deformation, bool smaller)
    {
        Deformation = deformation;
        Set = set.Slice(0, Math.Min(set.Count, smaller ? Most / 16 : Most));
        Expected = new double[Set.X.Length];
        Parallel.For(0, Set.Count, j =>
        {
            var result = new byte[Mnist.Pixels];
            new ReferenceDeformer(Deformation, Seed, Mnist.Side, Mnist.Side)
                .Deform(Set.Image(j), j, Set.Labels.Span[j], 0, result);
            for (var i = 0; i < result.Length; i++)
            {
                Expected[j * Mnist.Pixels + i] = result[i];
            }
        });
    }

    /// <summary>
    /// What is measured: the ranges of Cireşan et al. 2010 with a shift, without and with the elastic part.
    /// </summary>
    public static IReadOnlyList<(string Name, Deformation Ranges)> Ranges { get; } =
    [
        ("affine", new Deformation { Shift = 1, Rotation = 15, Scale = 0.15, Shear = 15 }),
        ("affine and elastic, σ 6", new Deformation { Shift = 1, Rotation = 15, Scale = 0.15, Shear = 15,
            ElasticAlpha = 36, ElasticSigma = 6 }),
    ];

    public Deformation Deformation { get; }

    public DigitSet Set { get; }

    public double[] Expected { get; }

    /// <summary>All engines owe the same bytes: the bound is 0.</summary>
    public Check Verify(ReadOnlySpan<byte> bent)
    {
        var actual = new double[bent.Length];
        for (var i = 0; i < actual.Length; i++)
        {
            actual[i] = bent[i];
        }

        return Check.Compare(Expected, actual, new double[actual.Length]);
    }
}

/// <summary>Deformations by the float64 reference, one thread.</summary>
internal sealed class ReferenceBend(BentDigits digits) : Operation
{
    private readonly ReferenceDeformer deformer = new(digits.Deformation, BentDigits.Seed, Mnist.Side, Mnist.Side);
    private readonly byte[] bent = new byte[digits.Set.X.Length];

    public override double Images => digits.Set.Count;

    public override int Threads => 1;

    public override Check Verify()
    {
        Run(1);
        return digits.Verify(bent);
    }

    public override void Run(int count)
    {
        for (var i = 0; i < count; i++)
        {
            for (var j = 0; j < digits.Set.Count; j++)
            {
                deformer.Deform(digits.Set.Image(j), j, digits.Set.Labels.Span[j], 0,
                    bent.AsSpan(j * Mnist.Pixels, Mnist.Pixels));
            }
        }
    }

    public override void Dispose()
    {
    }
}

/// <summary>Deformations by vectors, all workers.</summary>
internal sealed unsafe class SimdBend : Operation, IWork
{
    private const int Piece = 64;
    private const int Spare = 16;

    private readonly BentDigits digits;
    private readonly Workers workers;
    private readonly IDeformer deformer;
    private readonly AlignedBuffer[] scratch;
    private readonly byte[] bent;
    private byte* images;
    private byte* to;

    public SimdBend(BentDigits digits, Workers workers)
    {
        this.digits = digits;
        this.workers = workers;
        deformer = ImageDeformer.Create(VectorWidths.Widest, new DeformationTables(digits.Deformation, Mnist.Pixels),
            BentDigits.Seed);
        scratch = [.. Enumerable.Range(0, workers.Count)
            .Select(_ => new AlignedBuffer(deformer.ScratchLength + Mnist.Pixels + Spare))];
        bent = new byte[digits.Set.X.Length];
    }

    public override double Images => digits.Set.Count;

    public override int Threads => workers.Count;

    public override Check Verify()
    {
        Run(1);
        return digits.Verify(bent);
    }

    public override void Run(int count)
    {
        using var pinned = digits.Set.X.Pin();
        images = (byte*)pinned.Pointer;
        fixed (byte* result = bent)
        {
            to = result;
            for (var i = 0; i < count; i++)
            {
                workers.Run(this, (digits.Set.Count + Piece - 1) / Piece);
            }
        }
    }

    public void Do(int item, int worker)
    {
        var memory = scratch[worker].Bytes;
        var image = memory + deformer.ScratchLength;
        var labels = digits.Set.Labels.Span;
        for (var j = item * Piece; j < Math.Min(digits.Set.Count, (item + 1) * Piece); j++)
        {
            deformer.Deform(images + j * Mnist.Pixels, j, labels[j], image, memory);
            Buffer.MemoryCopy(image, to + j * Mnist.Pixels, Mnist.Pixels, Mnist.Pixels);
        }
    }

    public override void Dispose()
    {
        deformer.Dispose();
        foreach (var memory in scratch)
        {
            memory.Dispose();
        }
    }
}
