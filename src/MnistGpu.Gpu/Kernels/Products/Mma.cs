using ILGPU;
using ILGPU.Runtime.Cuda;

namespace MnistGpu.Gpu.Kernels.Products;

/// <summary>
/// mma.sync of TF32 with float32 sums, which stay in registers of the text's own (compute capability 8.0).
/// </summary>
internal readonly struct MmaTf32 : IMatrixUnit<MmaTf32>
{
    private const string Instruction = "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 ";

    /// <inheritdoc/>
    public static bool NeedsSm80 => true;

    /// <inheritdoc/>
    public static bool WantsAllWarps => false;

    /// <inheritdoc/>
    public static ProductMath Math => Tf32.Math;

    /// <inheritdoc/>
    public static int PerWord => Tf32.PerWord;

    /// <inheritdoc/>
    public static MmaTf32 Start()
    {
        MmaText.Declare();
        return default;
    }

    /// <inheritdoc/>
    public MmaTf32 Take(int n, float first, float second)
    {
        switch (n)
        {
            case 0: CudaAsm.Emit("mov.b32 word0, %0;", Rounded(first)); break;
            case 1: CudaAsm.Emit("mov.b32 word1, %0;", Rounded(first)); break;
            case 2: CudaAsm.Emit("mov.b32 word2, %0;", Rounded(first)); break;
            case 3: CudaAsm.Emit("mov.b32 word3, %0;", Rounded(first)); break;
            case 4: CudaAsm.Emit("mov.b32 word4, %0;", Rounded(first)); break;
            case 5: CudaAsm.Emit("mov.b32 word5, %0;", Rounded(first)); break;
            case 6: CudaAsm.Emit("mov.b32 word6, %0;", Rounded(first)); break;
            case 7: CudaAsm.Emit("mov.b32 word7, %0;", Rounded(first)); break;
            case 8: CudaAsm.Emit("mov.b32 word8, %0;", Rounded(first)); break;
            case 9: CudaAsm.Emit("mov.b32 word9, %0;", Rounded(first)); break;
            case 10: CudaAsm.Emit("mov.b32 word10, %0;", Rounded(first)); break;
            case 11: CudaAsm.Emit("mov.b32 word11, %0;", Rounded(first)); break;
            case 12: CudaAsm.Emit("mov.b32 word12, %0;", Rounded(first)); break;
            case 13: CudaAsm.Emit("mov.b32 word13, %0;", Rounded(first)); break;
            case 14: CudaAsm.Emit("mov.b32 word14, %0;", Rounded(first)); break;
            default: CudaAsm.Emit("mov.b32 word15, %0;", Rounded(first)); break;
        }

        return this;
    }

    /// <inheritdoc/>
    public MmaTf32 Multiply(int t, uint a0, uint a1, uint a2, uint a3, uint b0, uint b1)
    {
        switch (t)
        {
            case 0:
                CudaAsm.Emit(
                    Instruction + MmaText.T0 + MmaText.Inputs + MmaText.T0 + ";", a0, a1, a2, a3, b0, b1);
                break;
            case 1:
                CudaAsm.Emit(
                    Instruction + MmaText.T1 + MmaText.Inputs + MmaText.T1 + ";", a0, a1, a2, a3, b0, b1);
                break;
            case 2:
                CudaAsm.Emit(
                    Instruction + MmaText.T2 + MmaText.Inputs + MmaText.T2 + ";", a0, a1, a2, a3, b0, b1);
                break;
            case 3:
                CudaAsm.Emit(
                    Instruction + MmaText.T3 + MmaText.Inputs + MmaText.T3 + ";", a0, a1, a2, a3, b0, b1);
                break;
            case 4:
                CudaAsm.Emit(
                    Instruction + MmaText.T4 + MmaText.Inputs + MmaText.T4 + ";", a0, a1, a2, a3, b0, b1);
                break;
            case 5:
                CudaAsm.Emit(
                    Instruction + MmaText.T5 + MmaText.Inputs + MmaText.T5 + ";", a0, a1, a2, a3, b0, b1);
                break;
            case 6:
                CudaAsm.Emit(
                    Instruction + MmaText.T6 + MmaText.Inputs + MmaText.T6 + ";", a0, a1, a2, a3, b0, b1);
                break;
            default:
                CudaAsm.Emit(
                    Instruction + MmaText.T7 + MmaText.Inputs + MmaText.T7 + ";", a0, a1, a2, a3, b0, b1);
                break;
        }

        return this;
    }

    /// <inheritdoc/>
    public MmaTf32 Multiply()
    {
        CudaAsm.Emit(
            Instruction + MmaText.T0 + MmaText.A0 + MmaText.B0 + MmaText.T0 + "; "
            + Instruction + MmaText.T1 + MmaText.A0 + MmaText.B1 + MmaText.T1 + "; "
            + Instruction + MmaText.T2 + MmaText.A0 + MmaText.B2 + MmaText.T2 + "; "
            + Instruction + MmaText.T3 + MmaText.A0 + MmaText.B3 + MmaText.T3 + ";");
        CudaAsm.Emit(
            Instruction + MmaText.T4 + MmaText.A1 + MmaText.B0 + MmaText.T4 + "; "
            + Instruction + MmaText.T5 + MmaText.A1 + MmaText.B1 + MmaText.T5 + "; "
            + Instruction + MmaText.T6 + MmaText.A1 + MmaText.B2 + MmaText.T6 + "; "
            + Instruction + MmaText.T7 + MmaText.A1 + MmaText.B3 + MmaText.T7 + ";");
        return this;
    }

    /// <inheritdoc/>
    public float Sum(int t, int i) => MmaText.Read(t, i);

    /// <summary>
    /// As <see cref="Tf32.Round"/>, but for the 13 bits that the instruction ignores: half of the last bit that counts,
    /// 2⁻¹¹ of the number's power of two, is added, and infinity to what is no number.
    /// </summary>
    internal static float Rounded(float x) =>
        x + Interop.IntAsFloat(Interop.FloatAsInt(x) & 0xff800000) * (1f / 2048);
}

/// <summary>
/// mma.sync of bf16 with float32 sums, which stay in registers of the text's own (compute capability 8.0).
/// </summary>
internal readonly struct MmaBf16 : IMatrixUnit<MmaBf16>
{
    private const string Instruction = "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 ";

    /// <inheritdoc/>
    public static bool NeedsSm80 => true;

    /// <inheritdoc/>
    public static bool WantsAllWarps => false;

    /// <inheritdoc/>
    public static ProductMath Math => Bf16.Math;

    /// <inheritdoc/>
    public static int PerWord => Bf16.PerWord;

    /// <inheritdoc/>
    public static MmaBf16 Start()
    {
        MmaText.Declare();
        return default;
    }

    /// <inheritdoc/>
    public MmaBf16 Take(int n, float first, float second)
    {
        switch (n)
        {
            case 0: CudaAsm.Emit("cvt.rn.bf16x2.f32 word0, %1, %0;", first, second); break;
            case 1: CudaAsm.Emit("cvt.rn.bf16x2.f32 word1, %1, %0;", first, second); break;
            case 2: CudaAsm.Emit("cvt.rn.bf16x2.f32 word2, %1, %0;", first, second); break;
            case 3: CudaAsm.Emit("cvt.rn.bf16x2.f32 word3, %1, %0;", first, second); break;
            case 4: CudaAsm.Emit("cvt.rn.bf16x2.f32 word4, %1, %0;", first, second); break;
            case 5: CudaAsm.Emit("cvt.rn.bf16x2.f32 word5, %1, %0;", first, second); break;
            case 6: CudaAsm.Emit("cvt.rn.bf16x2.f32 word6, %1, %0;", first, second); break;
            case 7: CudaAsm.Emit("cvt.rn.bf16x2.f32 word7, %1, %0;", first, second); break;
            case 8: CudaAsm.Emit("cvt.rn.bf16x2.f32 word8, %1, %0;", first, second); break;
            case 9: CudaAsm.Emit("cvt.rn.bf16x2.f32 word9, %1, %0;", first, second); break;
            case 10: CudaAsm.Emit("cvt.rn.bf16x2.f32 word10, %1, %0;", first, second); break;
            case 11: CudaAsm.Emit("cvt.rn.bf16x2.f32 word11, %1, %0;", first, second); break;
            case 12: CudaAsm.Emit("cvt.rn.bf16x2.f32 word12, %1, %0;", first, second); break;
            case 13: CudaAsm.Emit("cvt.rn.bf16x2.f32 word13, %1, %0;", first, second); break;
            case 14: CudaAsm.Emit("cvt.rn.bf16x2.f32 word14, %1, %0;", first, second); break;
            default: CudaAsm.Emit("cvt.rn.bf16x2.f32 word15, %1, %0;", first, second); break;
        }

        return this;
    }

    /// <inheritdoc/>
    public MmaBf16 Multiply(int t, uint a0, uint a1, uint a2, uint a3, uint b0, uint b1)
    {
        switch (t)
        {
            case 0:
                CudaAsm.Emit(
                    Instruction + MmaText.T0 + MmaText.Inputs + MmaText.T0 + ";", a0, a1, a2, a3, b0, b1);
                break;
            case 1:
                CudaAsm.Emit(
                    Instruction + MmaText.T1 + MmaText.Inputs + MmaText.T1 + ";", a0, a1, a2, a3, b0, b1);
                break;
            case 2:
                CudaAsm.Emit(
                    Instruction + MmaText.T2 + MmaText.Inputs + MmaText.T2 + ";", a0, a1, a2, a3, b0, b1);
                break;
            case 3:
                CudaAsm.Emit(
                    Instruction + MmaText.T3 + MmaText.Inputs + MmaText.T3 + ";", a0, a1, a2, a3, b0, b1);
                break;
            case 4:
                CudaAsm.Emit(
                    Instruction + MmaText.T4 + MmaText.Inputs + MmaText.T4 + ";", a0, a1, a2, a3, b0, b1);
                break;
            case 5:
                CudaAsm.Emit(
                    Instruction + MmaText.T5 + MmaText.Inputs + MmaText.T5 + ";", a0, a1, a2, a3, b0, b1);
                break;
            case 6:
                CudaAsm.Emit(
                    Instruction + MmaText.T6 + MmaText.Inputs + MmaText.T6 + ";", a0, a1, a2, a3, b0, b1);
                break;
            default:
                CudaAsm.Emit(
                    Instruction + MmaText.T7 + MmaText.Inputs + MmaText.T7 + ";", a0, a1, a2, a3, b0, b1);
                break;
        }

        return this;
    }

    /// <inheritdoc/>
    public MmaBf16 Multiply()
    {
        CudaAsm.Emit(
            Instruction + MmaText.T0 + MmaText.A0 + MmaText.B0 + MmaText.T0 + "; "
            + Instruction + MmaText.T1 + MmaText.A0 + MmaText.B1 + MmaText.T1 + "; "
            + Instruction + MmaText.T2 + MmaText.A0 + MmaText.B2 + MmaText.T2 + "; "
            + Instruction + MmaText.T3 + MmaText.A0 + MmaText.B3 + MmaText.T3 + ";");
        CudaAsm.Emit(
            Instruction + MmaText.T4 + MmaText.A1 + MmaText.B0 + MmaText.T4 + "; "
            + Instruction + MmaText.T5 + MmaText.A1 + MmaText.B1 + MmaText.T5 + "; "
            + Instruction + MmaText.T6 + MmaText.A1 + MmaText.B2 + MmaText.T6 + "; "
            + Instruction + MmaText.T7 + MmaText.A1 + MmaText.B3 + MmaText.T7 + ";");
        return this;
    }

    /// <inheritdoc/>
    public float Sum(int t, int i) => MmaText.Read(t, i);
}
