using MnistGpu.Deformations;

namespace MnistGpu.Simd.Memory;

/// <summary>
/// Deforms images as <see cref="DeformationTables"/> says. Each image needs scratch memory of its own, so that several
/// workers can deform at once.
/// </summary>
internal unsafe interface IDeformer : IDisposable
{
    /// <summary>Bytes of memory that one image's work needs.</summary>
    long ScratchLength { get; }

    /// <summary>Which draw: another in every epoch.</summary>
    uint Epoch { get; set; }

    /// <summary>
    /// Writes image number <paramref name="index"/>, deformed, to <paramref name="to"/>, and up to 15 bytes past its
    /// end.
    /// </summary>
    void Deform(byte* image, int index, byte label, byte* to, byte* scratch);
}
