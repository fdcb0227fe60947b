using ILGPU.Runtime.Cuda;

namespace MnistGpu.Gpu.Kernels.Products;

/// <summary>
/// The sums of eight tiles as PTX registers sum0 … sum31, four to a tile, and the words of their fragments as word0
/// … word15.
/// </summary>
/// <remarks>Declared in the text, because ILGPU keeps what inline PTX writes in local memory.</remarks>
internal static class MmaText
{
    public const string T0 = "{sum0,sum1,sum2,sum3}";
    public const string T1 = "{sum4,sum5,sum6,sum7}";
    public const string T2 = "{sum8,sum9,sum10,sum11}";
    public const string T3 = "{sum12,sum13,sum14,sum15}";
    public const string T4 = "{sum16,sum17,sum18,sum19}";
    public const string T5 = "{sum20,sum21,sum22,sum23}";
    public const string T6 = "{sum24,sum25,sum26,sum27}";
    public const string T7 = "{sum28,sum29,sum30,sum31}";

    /// <summary>The six inputs of an instruction, between two commas.</summary>
    public const string Inputs = ", {%0,%1,%2,%3}, {%4,%5}, ";

    /// <summary>a0 … a3 of the upper 16 rows and of the lower, between two commas.</summary>
    public const string A0 = ", {word0,word1,word4,word5}";

    public const string A1 = ", {word2,word3,word6,word7}";

    /// <summary>b0 and b1 of each 8 columns, between two commas.</summary>
    public const string B0 = ", {word8,word12}, ";

    public const string B1 = ", {word9,word13}, ";

    public const string B2 = ", {word10,word14}, ";

    public const string B3 = ", {word11,word15}, ";

    public static void Declare()
    {
        CudaAsm.Emit(".reg .f32 sum<32>; .reg .b32 word<16>;");
        CudaAsm.Emit(
            "mov.f32 sum0, 0f00000000; mov.f32 sum1, 0f00000000; "
            + "mov.f32 sum2, 0f00000000; mov.f32 sum3, 0f00000000;");
        CudaAsm.Emit(
            "mov.f32 sum4, 0f00000000; mov.f32 sum5, 0f00000000; "
            + "mov.f32 sum6, 0f00000000; mov.f32 sum7, 0f00000000;");
        CudaAsm.Emit(
            "mov.f32 sum8, 0f00000000; mov.f32 sum9, 0f00000000; "
            + "mov.f32 sum10, 0f00000000; mov.f32 sum11, 0f00000000;");
        CudaAsm.Emit(
            "mov.f32 sum12, 0f00000000; mov.f32 sum13, 0f00000000; "
            + "mov.f32 sum14, 0f00000000; mov.f32 sum15, 0f00000000;");
        CudaAsm.Emit(
            "mov.f32 sum16, 0f00000000; mov.f32 sum17, 0f00000000; "
            + "mov.f32 sum18, 0f00000000; mov.f32 sum19, 0f00000000;");
        CudaAsm.Emit(
            "mov.f32 sum20, 0f00000000; mov.f32 sum21, 0f00000000; "
            + "mov.f32 sum22, 0f00000000; mov.f32 sum23, 0f00000000;");
        CudaAsm.Emit(
            "mov.f32 sum24, 0f00000000; mov.f32 sum25, 0f00000000; "
            + "mov.f32 sum26, 0f00000000; mov.f32 sum27, 0f00000000;");
        CudaAsm.Emit(
            "mov.f32 sum28, 0f00000000; mov.f32 sum29, 0f00000000; "
            + "mov.f32 sum30, 0f00000000; mov.f32 sum31, 0f00000000;");
    }

    public static float Read(int t, int i)
    {
        float value;
        switch (4 * t + i)
        {
            case 0: CudaAsm.Emit("mov.f32 %0, sum0;", out value); break;
            case 1: CudaAsm.Emit("mov.f32 %0, sum1;", out value); break;
            case 2: CudaAsm.Emit("mov.f32 %0, sum2;", out value); break;
            case 3: CudaAsm.Emit("mov.f32 %0, sum3;", out value); break;
            case 4: CudaAsm.Emit("mov.f32 %0, sum4;", out value); break;
            case 5: CudaAsm.Emit("mov.f32 %0, sum5;", out value); break;
            case 6: CudaAsm.Emit("mov.f32 %0, sum6;", out value); break;
            case 7: CudaAsm.Emit("mov.f32 %0, sum7;", out value); break;
            case 8: CudaAsm.Emit("mov.f32 %0, sum8;", out value); break;
            case 9: CudaAsm.Emit("mov.f32 %0, sum9;", out value); break;
            case 10: CudaAsm.Emit("mov.f32 %0, sum10;", out value); break;
            case 11: CudaAsm.Emit("mov.f32 %0, sum11;", out value); break;
            case 12: CudaAsm.Emit("mov.f32 %0, sum12;", out value); break;
            case 13: CudaAsm.Emit("mov.f32 %0, sum13;", out value); break;
            case 14: CudaAsm.Emit("mov.f32 %0, sum14;", out value); break;
            case 15: CudaAsm.Emit("mov.f32 %0, sum15;", out value); break;
            case 16: CudaAsm.Emit("mov.f32 %0, sum16;", out value); break;
            case 17: CudaAsm.Emit("mov.f32 %0, sum17;", out value); break;
            case 18: CudaAsm.Emit("mov.f32 %0, sum18;", out value); break;
            case 19: CudaAsm.Emit("mov.f32 %0, sum19;", out value); break;
            case 20: CudaAsm.Emit("mov.f32 %0, sum20;", out value); break;
            case 21: CudaAsm.Emit("mov.f32 %0, sum21;", out value); break;
            case 22: CudaAsm.Emit("mov.f32 %0, sum22;", out value); break;
            case 23: CudaAsm.Emit("mov.f32 %0, sum23;", out value); break;
            case 24: CudaAsm.Emit("mov.f32 %0, sum24;", out value); break;
            case 25: CudaAsm.Emit("mov.f32 %0, sum25;", out value); break;
            case 26: CudaAsm.Emit("mov.f32 %0, sum26;", out value); break;
            case 27: CudaAsm.Emit("mov.f32 %0, sum27;", out value); break;
            case 28: CudaAsm.Emit("mov.f32 %0, sum28;", out value); break;
            case 29: CudaAsm.Emit("mov.f32 %0, sum29;", out value); break;
            case 30: CudaAsm.Emit("mov.f32 %0, sum30;", out value); break;
            default: CudaAsm.Emit("mov.f32 %0, sum31;", out value); break;
        }

        return value;
    }
}
