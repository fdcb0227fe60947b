using System.Globalization;

namespace MnistGpu.Data;

/// <summary>What a data source holds.</summary>
/// <param name="Train">The images to train on (and to hold some out of), in file order. The test images where the
/// source has no others and the request allows it.</param>
/// <param name="Test">The images to test on, where the source has any.</param>
/// <param name="Source">Where they come from, for people.</param>
/// <param name="Notice">What the user should know about the choice, one line: that digits are synthetic because no
/// MNIST was found.</param>
internal sealed record DigitData(DigitSet Train, DigitSet? Test, string Source, string? Notice)
{
    /// <summary>What lies beside the images and is not used, a line each, with the reason.</summary>
    public IReadOnlyList<string> LeftOut { get; init; } = [];

    /// <summary>What was guessed of the files, a line each with the option that says otherwise.</summary>
    public IReadOnlyList<string> Guesses { get; init; } = [];

    /// <summary>The labels of all images to train on, those beyond the request's limit included.</summary>
    public ReadOnlyMemory<byte> AllLabels { get; init; } = Train.Labels;

    /// <summary>Whether the images are dark on light, where MNIST's are light on dark.</summary>
    public bool IsDark { get; init; }

    /// <summary>The size of all images, and the classes' names.</summary>
    public DataShape Shape => Train.Shape;

    /// <summary>
    /// The same images for a network of so many classes. Where the classes are called by their numbers, it may have an
    /// output for each of the ten digits though these images show fewer, or one for the number 0 that no label is.
    /// </summary>
    /// <param name="classes">The network's outputs.</param>
    public DigitData WithClasses(int classes) => Shape.Classes != classes && CanBeNumbered(classes)
        ? As(Shape.With(DataShape.Numbers(classes))) : this;

    /// <summary>The same images with the classes of a network, which are found by their names.</summary>
    /// <exception cref="UserErrorException">An image's class is none of them.</exception>
    public DigitData As(DataShape classes)
    {
        var train = Train.As(classes);
        return this with
        {
            Train = train,
            Test = Test == Train ? train : Test?.As(classes),
            AllLabels = AllLabels.Equals(Train.Labels) ? train.Labels
                : DigitSet.Relabelled(AllLabels, Shape, classes, Source),
        };
    }

    private bool CanBeNumbered(int classes)
    {
        var greatest = -1;
        foreach (var name in Shape.ClassNames)
        {
            if (!int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                || number.ToString(CultureInfo.InvariantCulture) != name)
            {
                return false;
            }

            greatest = Math.Max(greatest, number);
        }

        return classes <= DataShape.MaxClasses && (classes == greatest + 1
            || (classes == Mnist.Classes && greatest < classes));
    }
}
