using MnistGpu.Deformations;

namespace MnistGpu.Simd.Memory;

/// <summary>Bends images as <see cref="DeformationTables"/> says. The work of one image needs memory of its own, so that workers may bend at once.</summary>
internal unsafe interface IDeformer : IDisposable
{
    /// <summary>Bytes of memory that one image's work needs.</summary>
    long ScratchLength { get; }

    /// <summary>Which draw: another in every epoch.</summary>
    uint Epoch { get; set; }

    /// <summary>Writes image number <paramref name="index"/>, bent, to <paramref name="to"/>, and up to 15 bytes past its end.</summary>
    void Deform(byte* image, int index, byte label, byte* to, byte* scratch);
}
