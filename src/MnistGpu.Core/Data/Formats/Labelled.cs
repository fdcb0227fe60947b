using System.Collections.Immutable;
using System.Globalization;

namespace MnistGpu.Data.Formats;

/// <summary>Numbers the classes of images that were read, and puts the sets of a source together.</summary>
internal static class Labelled
{
    /// <summary>The data of one source.</summary>
    /// <param name="train">The images to train on.</param>
    /// <param name="test">The images to test on, if any.</param>
    /// <param name="source">Where they come from, for people.</param>
    /// <param name="log">What there is to say of them.</param>
    /// <param name="names">The classes' names where these are known otherwise: of the labels from 0 on, or from 1 on
    /// where there are as many as the greatest label.</param>
    /// <exception cref="UserErrorException">The sets have no labels, too many classes, or do not fit each
    /// other.</exception>
    public static DigitData Make(RawSet train, RawSet? test, string source, ReadLog log,
        ImmutableArray<string>? names = null)
    {
        if (test is not null && (train.Width, train.Height, train.Channels) != (test.Width, test.Height, test.Channels))
        {
            throw new UserErrorException("The images to train and to test on have different sizes",
                where: $"{train.Source} and {test.Source}", expected: Size(train), found: Size(test),
                todo: "use two sets of one size");
        }

        var labels = test?.Labels is { } tested ? [RequireLabels(train), tested]
            : (RawLabels[])[RequireLabels(train)];
        if (labels.Length > 1 && labels[0].Names is null != labels[1].Names is null)
        {
            var (first, second) = labels[0].Names is null ? ("numbers", "names") : ("names", "numbers");
            throw new UserErrorException("One of two sets has names for its classes, the other numbers",
                where: $"{train.Source} and {test!.Source}", expected: $"{first} in both",
                found: $"{second} in {test.Source}", todo: "write both alike");
        }

        var classes = labels[0].Names is not null ? ByName(labels, train, test) : ByNumber(labels, train, log, names);
        if (DataShape.Fault(train.Width, train.Height, train.Channels, classes.Names) is { } fault)
        {
            throw new UserErrorException("No network here reads such images", where: train.Source,
                expected: $"up to {DataShape.MaxSide} pixels a side, and 1 to {DataShape.MaxClasses} classes",
                found: fault, todo: "scale the images, or mend the names of the classes");
        }

        var shape = new DataShape(train.Width, train.Height, train.Channels, classes.Names);
        var all = classes.Labels[0];
        var trainSet = new DigitSet(train.Pixels, all.AsMemory(0, train.Count), train.Source, shape);
        if (labels.Length > 1)
        {
            Compare(all, classes.Labels[1], shape, log);
        }

        return new DigitData(trainSet, labels.Length > 1
            ? new DigitSet(test!.Pixels, classes.Labels[1].AsMemory(0, test.Count), test.Source, shape) : null, source,
            null)
        {
            AllLabels = all,
            LeftOut = log.LeftOut,
            Guesses = log.Guesses,
        };
    }

    private static RawLabels RequireLabels(RawSet set) => set.Labels
        ?? throw new UserErrorException("These images have no labels", where: set.Source,
            expected: "a label for each image", found: "none",
            todo: "use the training file (train.csv): images without labels can be neither learnt nor tested; predict "
                + "says what they are");

    private static (ImmutableArray<string> Names, byte[][] Labels) ByName(RawLabels[] sets, RawSet train, RawSet? test)
    {
        var names = sets[0].Names!.Select(name => DataShape.NameFrom(name, train.Source)).ToArray();
        var order = names.Distinct(StringComparer.Ordinal).Order(ByNumbers.Instance).ToImmutableArray();
        RequireCount(order.Length, train.Source);
        return (order, [.. sets.Select((set, i) =>
        {
            var number = set.Names!
                .Select(name => order.IndexOf(DataShape.NameFrom(name, test?.Source ?? train.Source))).ToArray();
            return Array.ConvertAll(set.Values, value => number[value] >= 0 ? (byte)number[value]
                : throw new UserErrorException("A test image is of a class that no training image has",
                    where: i == 0 ? train.Source : test!.Source,
                    expected: $"one of {order.Length} classes such as {order[0]}",
                    found: $"'{Plain.Text(set.Names![value], 60)}'", todo: "add the class to both sets, or remove it"));
        })]);
    }

    private static (ImmutableArray<string> Names, byte[][] Labels) ByNumber(RawLabels[] sets, RawSet train, ReadLog log,
        ImmutableArray<string>? known)
    {
        var values = new SortedSet<int>();
        foreach (var set in sets)
        {
            foreach (var value in set.Values.Distinct())
            {
                values.Add(value);
            }

            RequireCount(values.Count, train.Source);
        }

        var (least, most) = (values.Min, values.Max);
        var isFromOne = least == 1 && most > 1 && (known is null || known.Value.Length == most);
        var isListed = least < 0 || most >= DataShape.MaxClasses + (isFromOne ? 1 : 0);
        var first = isFromOne ? 1 : 0;
        if (isListed)
        {
            log.Guess($"the labels are {values.Count} numbers from {least} to {most}: each is a class of that name");
            var order = values.ToArray();
            return ([.. order.Select(Text)], [.. sets.Select(set =>
                Array.ConvertAll(set.Values, value => (byte)Array.BinarySearch(order, value)))]);
        }

        if (isFromOne && known is null)
        {
            log.Guess($"the labels go from 1 to {most}: the classes are called so, and 1 is the first"
                + (most == 10 ? "; if 10 is the zero, write 0 for it" : ""));
        }

        var count = Math.Max(2, most - first + 1);
        if (known is { } few && few.Length < count)
        {
            log.Guess($"there are names for {few.Length} classes and labels up to {most}: the classes are called by "
                + "their numbers");
        }

        var names = known is { } given && given.Length >= count ? given
            : [.. Enumerable.Range(first, count).Select(Text)];
        return (names, [.. sets.Select(set => Array.ConvertAll(set.Values, value => (byte)(value - first)))]);
    }

    private static void RequireCount(int classes, string source)
    {
        if (classes > DataShape.MaxClasses)
        {
            throw new UserErrorException("There are too many classes", where: source,
                expected: $"at most {DataShape.MaxClasses} different labels", found: $"more: {classes} or more",
                todo: "is this the column of labels? LoadOptions.Label = NAME says which is");
        }
    }

    /// <summary>Tells of classes that only one of two sets has.</summary>
    private static void Compare(byte[] train, byte[] test, DataShape shape, ReadLog log)
    {
        var seen = new bool[shape.Classes];
        foreach (var label in train)
        {
            seen[label] = true;
        }

        var unseen = test.Distinct().Where(label => !seen[label]).Order().Select(label => shape.ClassNames[label])
            .ToArray();
        if (unseen.Length > 0)
        {
            log.Guess($"no image to train on is of the class {string.Join(", ", unseen.Take(5))}"
                + $"{(unseen.Length > 5 ? " …" : "")}, which test images are of");
        }
    }

    private static string Size(RawSet set) =>
        $"{set.Width} × {set.Height}{(set.Channels == 1 ? "" : " in colour")}, as in {set.Source}";

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Orders names by the numbers in them: 2 before 10.</summary>
internal sealed class ByNumbers : IComparer<string>
{
    /// <summary>The one there is.</summary>
    public static ByNumbers Instance { get; } = new();

    /// <inheritdoc/>
    public int Compare(string? x, string? y)
    {
        int i = 0, j = 0;
        while (i < x!.Length && j < y!.Length)
        {
            if (char.IsAsciiDigit(x[i]) && char.IsAsciiDigit(y[j]))
            {
                var (left, right) = (Number(x, ref i), Number(y, ref j));
                var order = left.Length != right.Length ? left.Length.CompareTo(right.Length)
                    : string.CompareOrdinal(left, right);
                if (order != 0)
                {
                    return order;
                }
            }
            else if (x[i] != y[j])
            {
                return x[i].CompareTo(y[j]);
            }
            else
            {
                i++;
                j++;
            }
        }

        return (x.Length - i).CompareTo(y!.Length - j) is var rest and not 0 ? rest : string.CompareOrdinal(x, y);
    }

    private static string Number(string text, ref int at)
    {
        var start = at;
        while (at < text.Length && char.IsAsciiDigit(text[at]))
        {
            at++;
        }

        return text[start..at].TrimStart('0');
    }
}
