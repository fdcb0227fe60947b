using MnistGpu.Data;
using MnistGpu.Model;

namespace MnistGpu.Training;

/// <summary>A saved network, and what it makes of a source's images.</summary>
/// <param name="Path">The file.</param>
/// <param name="File">What is in it.</param>
internal sealed record ModelOnData(string Path, ModelFile File)
{
    /// <summary>The parameters.</summary>
    /// <exception cref="UserErrorException">The file holds a committee.</exception>
    public NetworkState State => File.RequireOne(Path).State;

    /// <summary>The images that the network reads and the classes it names.</summary>
    /// <exception cref="UserErrorException">The file says another size or other classes than the network's.</exception>
    public DataShape Images { get; } = File.Images(Path);

    /// <summary>Data whose classes are numbered as the network's outputs are: they are matched by name.</summary>
    /// <exception cref="UserErrorException">The images have another size, or a class that the network does not
    /// know.</exception>
    public DigitData Fit(DigitData data)
    {
        if (ModelImages.IsStated(File.Metadata) && !data.Shape.HasSizeOf(Images))
        {
            throw new UserErrorException("The network was trained on images of another size",
                where: $"{Path} and {data.Source}", expected: Images.Size, found: data.Shape.Size,
                todo: "name images of that size, or train another network");
        }

        var shape = File.Networks[0].Shape;
        shape.RequireFits(data.Shape.Pixels, shape.Outputs);
        // Files of earlier versions and of other programs number their classes only; the data may know their names.
        return ModelImages.AreClassesStated(File.Metadata) || data.Shape.IsNumbered
            || data.Shape.Classes != Images.Classes ? data.As(Images)
            : data with
            {
                Guesses = [.. data.Guesses, $"{Path} does not name its classes: they are taken to be the data's, in "
                    + "their order"],
            };
    }
}
