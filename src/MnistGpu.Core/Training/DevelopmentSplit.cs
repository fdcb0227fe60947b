using MnistGpu.Data;
using MnistGpu.Model;

namespace MnistGpu.Training;

/// <summary>The images to train on, and those held out to judge the training by.</summary>
/// <param name="Training">The images to train on.</param>
/// <param name="Development">The images held out, or null where none are.</param>
internal sealed record DevelopmentSplit(DigitSet Training, DigitSet? Development)
{
    /// <summary>
    /// Takes the first <paramref name="limit"/> images in file order, shuffles them if asked, and holds out the first
    /// <paramref name="development"/> of the result.
    /// </summary>
    /// <param name="all">The images there are.</param>
    /// <param name="limit">How many to take, or null for all.</param>
    /// <param name="development">How many to hold out.</param>
    /// <param name="shuffleSeed">The seed of the order, or null for the file's order.</param>
    /// <exception cref="UserErrorException">There are fewer images than asked for, or none is left to train
    /// on.</exception>
    public static DevelopmentSplit Make(DigitSet all, int? limit, int development, ulong? shuffleSeed)
    {
        var count = limit ?? all.Count;
        if (count < 1 || count > all.Count)
        {
            throw new UserErrorException("There are not that many images",
                where: $"TrainingOptions.Limit, {all.Source}",
                expected: $"1 to {all.Count}", found: $"{count}",
                todo: "ask for fewer");
        }

        if (development < 0 || development >= count)
        {
            throw new UserErrorException("The development set leaves nothing to train on",
                where: "TrainingOptions.Development",
                expected: $"0 to {count - 1}, less than the {count} images taken",
                found: $"{development}", todo: "hold out fewer, or take more with TrainingOptions.Limit");
        }

        var taken = all.Slice(0, count);
        if (shuffleSeed is { } seed)
        {
            taken = taken.Reorder(Shuffle.Order(count, seed, epoch: 0));
        }

        return new DevelopmentSplit(
            taken.Slice(development, count - development),
            development == 0 ? null : taken.Slice(0, development));
    }
}
