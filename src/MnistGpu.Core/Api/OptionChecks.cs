using MnistGpu.Model;
using MnistGpu.Training;

namespace MnistGpu;

/// <summary>The limits of single options, which each property's docs name.</summary>
internal static class OptionChecks
{
    /// <summary>More passes than any run takes.</summary>
    public const int MostEpochs = 1_000_000;

    private const int MostThreads = 1024;

    /// <summary>Refuses values outside their limits.</summary>
    /// <exception cref="UserErrorException">It names the first property.</exception>
    public static void Require(TrainingOptions options)
    {
        Whole(nameof(options.Limit), options.Limit, 1);
        Whole(nameof(options.Development), options.Development, 0);
        Whole(nameof(options.Epochs), options.Epochs, 0, MostEpochs);
        Whole(nameof(options.Iterations), options.Iterations, 0, ModelFile.MostSteps);
        Whole(nameof(options.Batch), options.Batch, 1);
        Whole(nameof(options.Parts), options.Parts, 1, 1 << 16);
        Whole(nameof(options.Committee), options.Committee, 1, CommitteeFile.Most);
        Whole(nameof(options.Patience), options.Patience, 0);
        Whole(nameof(options.Threads), options.Threads, 0, MostThreads);
        Share(nameof(options.Decay), options.Decay);
        Share(nameof(options.Smoothing), options.Smoothing);
        Share(nameof(options.Averaging), options.Averaging);
        Check(nameof(options.Dropout), options.Dropout is >= 0 and <= Dropout.Greatest,
            $"a number from 0 to {Dropout.Greatest}", options.Dropout);
        Check(nameof(options.Clip), options.Clip >= 0 && double.IsFinite(options.Clip),
            "a finite number from 0 on", options.Clip);
        Check(nameof(options.FinalRate), options.FinalRate is null || (float)options.FinalRate > 0,
            "a finite number above 0", options.FinalRate);
        Named(nameof(options.Optimizer), options.Optimizer);
        Named(nameof(options.Schedule), options.Schedule);
        Named(nameof(options.Init), options.Init);
        Named(nameof(options.Activation), options.Activation ?? Activation.ReLU);
        Check(nameof(options.Hidden), options.Hidden is not null, "widths, or none", null);
        Check(nameof(options.Device), !string.IsNullOrWhiteSpace(options.Device), "a name such as auto", "nothing");
    }

    private static void Whole(string property, long? value, long least, long most = long.MaxValue) =>
        Check(property, value is null || (value >= least && value <= most), most == long.MaxValue
            ? $"a whole number from {least} on" : $"a whole number from {least} to {most}", value);

    private static void Share(string property, double value) =>
        Check(property, value is >= 0 and < 1, "a number from 0 to below 1", value);

    private static void Named<T>(string property, T value)
        where T : struct, Enum =>
        Check(property, Enum.IsDefined(value), string.Join(", ", Enum.GetNames<T>()), value);

    private static void Check(string property, bool isGood, string expected, object? found)
    {
        if (!isGood)
        {
            throw new UserErrorException("This option cannot be used", where: $"{nameof(TrainingOptions)}.{property}",
                expected: expected, found: FormattableString.Invariant($"{found ?? "null"}"),
                todo: $"give another {property}");
        }
    }
}
