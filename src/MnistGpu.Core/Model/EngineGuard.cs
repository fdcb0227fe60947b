namespace MnistGpu.Model;

/// <summary>
/// The checks that every engine makes on the host before any arithmetic, so that all refuse the same.
/// </summary>
internal static class EngineGuard
{
    /// <summary>Refuses a state of another network.</summary>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static void State(NetworkShape shape, NetworkState state)
    {
        if (!shape.Equals(state.Shape))
        {
            throw new ArgumentException($"The engine runs {shape}, the state is of {state.Shape}.", nameof(state));
        }

        if (state.Average is { } average && !shape.Equals(average.Shape))
        {
            throw new ArgumentException($"The engine runs {shape}, the state's average is of {average.Shape}.",
                nameof(state));
        }
    }

    /// <summary>Refuses deformations of images whose size the network's inputs cannot have.</summary>
    /// <exception cref="ArgumentException">The inputs are no multiple of the deformation's width, no square number
    /// where it has none, or a side has more pixels than <see cref="Deformation.MaxSide"/>.</exception>
    public static Regularization Regularization(NetworkShape shape, Regularization regularization)
    {
        return regularization.Deformation is not { } deformation || deformation.SizeOf(shape.Inputs) is not null
            ? regularization
            : throw new ArgumentException(
                $"Images of up to {Deformation.MaxSide} pixels a side can be deformed, "
                    + (deformation.Width > 0 ? $"{deformation.Width} wide" : "squares")
                    + $"; the network {shape} reads {shape.Inputs} pixels.",
                nameof(regularization));
    }

    /// <summary>
    /// Refuses no images, pixels that are no whole number of images, another number of labels, and labels past the
    /// outputs.
    /// </summary>
    /// <returns>m, the number of images.</returns>
    /// <exception cref="ArgumentException">The sizes do not fit, or a label is too large.</exception>
    public static int Images(NetworkShape shape, ReadOnlySpan<byte> X, ReadOnlySpan<byte> labels)
    {
        var m = Images(shape, X);
        if (labels.Length != m)
        {
            throw new ArgumentException($"{m} images have {labels.Length} labels.", nameof(labels));
        }

        for (var j = 0; j < m; j++)
        {
            if (labels[j] >= shape.Outputs)
            {
                throw new ArgumentException(
                    $"Image {j} has label {labels[j]}; the network's last is {shape.Outputs - 1}.", nameof(labels));
            }
        }

        return m;
    }

    /// <summary>Refuses no images and pixels that are no whole number of images.</summary>
    /// <returns>m, the number of images.</returns>
    /// <exception cref="ArgumentException">The size does not fit.</exception>
    public static int Images(NetworkShape shape, ReadOnlySpan<byte> X)
    {
        var m = X.Length / shape.Inputs;
        if (m == 0 || m * shape.Inputs != X.Length)
        {
            throw new ArgumentException($"{X.Length} bytes are not one or more images of {shape.Inputs} pixels.",
                nameof(X));
        }

        return m;
    }

    /// <summary>
    /// Refuses an empty batch, indices outside the attached set, and any batch before a set is attached.
    /// </summary>
    /// <param name="images">The batch's indices.</param>
    /// <param name="attached">The number of attached images; 0 where none are.</param>
    /// <exception cref="InvalidOperationException">No set is attached.</exception>
    /// <exception cref="ArgumentException">The batch is empty or an index is outside the set.</exception>
    public static void Batch(ReadOnlySpan<int> images, int attached)
    {
        Attached(attached);
        if (images.IsEmpty)
        {
            throw new ArgumentException("A batch needs at least one image.", nameof(images));
        }

        foreach (var j in images)
        {
            if ((uint)j >= (uint)attached)
            {
                throw new ArgumentException($"Image {j} is outside the attached set of {attached}.", nameof(images));
            }
        }
    }

    /// <summary>
    /// Refuses a batch that is not part of the order, or empty, and any batch before an order is set.
    /// </summary>
    /// <param name="first">Where the batch begins in the order.</param>
    /// <param name="count">Images in the batch.</param>
    /// <param name="ordered">The order's length; 0 where none is set.</param>
    /// <exception cref="InvalidOperationException">No order is set.</exception>
    /// <exception cref="ArgumentException">The batch is empty or not inside the order.</exception>
    public static void Part(int first, int count, int ordered)
    {
        if (ordered == 0)
        {
            throw new InvalidOperationException("Set an order first.");
        }

        if (count < 1 || first < 0 || count > ordered - first)
        {
            throw new ArgumentException($"{count} images from place {first} on are no batch of an order of {ordered}.",
                nameof(count));
        }
    }

    /// <summary>Refuses work on the training set before one is attached.</summary>
    /// <exception cref="InvalidOperationException">No set is attached.</exception>
    public static void Attached(int attached)
    {
        if (attached == 0)
        {
            throw new InvalidOperationException("Attach a training set first.");
        }
    }

    /// <summary>Refuses a range that is no whole number of blocks of an array, see <see cref="IStepParts"/>.</summary>
    /// <exception cref="ArgumentException">It begins or ends elsewhere.</exception>
    public static void Range(IStepParts parts, long at, long count)
    {
        var isInside = at >= 0 && count >= 0 && count <= parts.Length - at;
        if (!isInside || (count > 0 && at % IStepParts.Block != 0)
            || (count % IStepParts.Block != 0 && at + count != parts.Length))
        {
            throw new ArgumentException(
                $"{count} elements from {at} on are no whole blocks of an array of {parts.Length}.", nameof(at));
        }
    }

    /// <summary>Refuses bytes that are no range of an array.</summary>
    /// <returns>The range's elements.</returns>
    /// <exception cref="ArgumentException">See <see cref="Range(IStepParts, long, long)"/>.</exception>
    public static int Range(IStepParts parts, long at, ReadOnlySpan<byte> elements)
    {
        if (elements.Length % parts.ElementBytes != 0)
        {
            throw new ArgumentException(
                $"{elements.Length} bytes are no elements of {parts.ElementBytes}.", nameof(elements));
        }

        Range(parts, at, elements.Length / parts.ElementBytes);
        return elements.Length / parts.ElementBytes;
    }

    /// <summary>Refuses another number of totals than that of the parts summed.</summary>
    /// <exception cref="ArgumentException">They are not as many.</exception>
    public static void Totals(int summed, int asked)
    {
        if (summed != asked)
        {
            throw new ArgumentException($"{summed} parts were summed, the totals of {asked} are asked for.",
                nameof(asked));
        }
    }

    /// <summary>Refuses a place for the answers that does not hold exactly [outputs × m].</summary>
    /// <exception cref="ArgumentException">The size does not fit.</exception>
    public static void Answers(NetworkShape shape, int m, ReadOnlySpan<double> AL)
    {
        if (AL.Length != (long)m * shape.Outputs)
        {
            throw new ArgumentException(
                $"{m} images need {(long)m * shape.Outputs} answers; there is room for {AL.Length}.", nameof(AL));
        }
    }
}
