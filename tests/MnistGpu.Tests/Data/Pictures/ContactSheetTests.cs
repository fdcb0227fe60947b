using MnistGpu.Data.Pictures;
using MnistGpu.Data.Synthetic;
using MnistGpu.Tests.Support;
using StbImageSharp;

namespace MnistGpu.Tests.Data.Pictures;

public sealed class ContactSheetTests : IDisposable
{
    private readonly TemporaryFolder _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void EveryImageIsInItsPlaceEnlarged()
    {
        var set = SyntheticDigits.Draw(5, 0, SyntheticPart.Train, TestContext.Current.CancellationToken);
        ContactSheet.Write(_scratch.File("a.png"), set, 3, 9, 2);
        var sheet = ImageResult.FromMemory(File.ReadAllBytes(_scratch.File("a.png")), ColorComponents.Grey);
        Assert.Equal((3 * 56, 2 * 56), (sheet.Width, sheet.Height));
        for (var y = 0; y < sheet.Height; y++)
        {
            for (var x = 0; x < sheet.Width; x++)
            {
                var j = y / 56 * 3 + x / 56;
                Assert.Equal(j < 5 ? set.Image(j)[y % 56 / 2 * 28 + x % 56 / 2] : 0, sheet.Data[y * sheet.Width + x]);
            }
        }
    }

    [Fact]
    public void AbsurdSizesAreRefused()
    {
        var set = SyntheticDigits.Draw(1, 0, SyntheticPart.Train, TestContext.Current.CancellationToken);
        Assert.Throws<ArgumentOutOfRangeException>(() => ContactSheet.Write(_scratch.File("a.png"), set, 0, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() =>
            ContactSheet.Write(_scratch.File("a.png"), set, 1, 1, int.MaxValue));
        Assert.Empty(Directory.GetFileSystemEntries(_scratch.Path));
    }
}
