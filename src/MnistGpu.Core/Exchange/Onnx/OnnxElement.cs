namespace MnistGpu.Exchange.Onnx;

/// <summary>The numbers that ONNX gives to types of elements (onnx.proto, TensorProto.DataType).</summary>
internal static class OnnxElement
{
    public const int Float = 1;
    public const int UInt8 = 2;
    public const int Int32 = 6;
    public const int Int64 = 7;
    public const int Bool = 9;
    public const int Float16 = 10;
    public const int Double = 11;
    public const int BFloat16 = 16;
}
