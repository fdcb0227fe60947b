namespace MnistGpu.Data.Pictures.Ink;

/// <summary>A digit found in a picture, prepared as MNIST's are.</summary>
/// <param name="Pixels">784 pixels, row by row: 0 is the background, 255 full ink.</param>
/// <param name="Left">Where its ink begins, as a share of the picture's width.</param>
/// <param name="Top">Where its ink begins, as a share of the picture's height.</param>
/// <param name="Right">Where its ink ends, as a share of the picture's width.</param>
/// <param name="Bottom">Where its ink ends, as a share of the picture's height.</param>
internal sealed record FoundDigit(byte[] Pixels, double Left, double Top, double Right, double Bottom);
