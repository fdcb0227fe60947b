using MnistGpu.Data;
using MnistGpu.Data.Sources;

namespace MnistGpu.Bench.Measuring;

/// <summary>The options of both commands.</summary>
/// <param name="Seconds">How long to time each row.</param>
/// <param name="Threads">Threads of simd, at least 1.</param>
/// <param name="Data">Where the images come from.</param>
/// <param name="Json">Whether a program reads the output.</param>
/// <param name="Results">Whether a page is written.</param>
/// <param name="CommandLine">What was asked for, to stand beside the figures.</param>
internal sealed record CommonOptions(double Seconds, int Threads, string Data, bool Json, bool Results,
    string CommandLine)
{
    /// <summary>Checks them.</summary>
    /// <exception cref="UserErrorException">A value is out of range.</exception>
    public static CommonOptions Create(double seconds, int threads, string data, bool json, bool results, string[] args)
    {
        if (!(seconds is > 0 and <= 3600))
        {
            throw new UserErrorException("This time cannot be measured for", where: "--seconds",
                expected: "more than 0, at most 3600", found: $"{seconds}");
        }

        if (threads is < 0 or > 1024)
        {
            throw new UserErrorException("This number of threads cannot be used", where: "--threads",
                expected: "1 to 1024, or 0 for one per core", found: $"{threads}");
        }

        // A page of results travels: it tells no path of the machine that it was made on.
        var asked = string.Join(' ', args.Select(arg => DataSource.IsWord(data) ? arg : arg == data ? "FOLDER"
            : arg == $"--data={data}" ? "--data=FOLDER" : arg));
        return new CommonOptions(seconds, threads == 0 ? Environment.ProcessorCount : threads, data, json, results,
            "dotnet run -c Release --project kernels-bench" + (asked.Length > 0 ? $" -- {asked}" : ""));
    }

    /// <summary>The training images.</summary>
    /// <exception cref="UserErrorException">There is no such data.</exception>
    public DigitSet Images(CancellationToken cancel)
    {
        var loaded = DataSource.Load(Data, new DataRequest { SyntheticTest = 0, Say = Console.Error.WriteLine },
            cancel);
        if (loaded.Notice is { } notice)
        {
            Console.Error.WriteLine(notice);
        }

        return loaded.Train;
    }

    /// <summary>
    /// What the images are, without where they lie: how many, and how much of them is blank, which decides how much may
    /// be left out.
    /// </summary>
    public static string Describe(DigitSet set)
    {
        var ink = set.X.Length - set.X.Span.Count((byte)0);
        return $"images: {set.Count:N0} of {Path.GetFileName(set.Source)}, "
            + $"{Report.Percent((double)ink / set.X.Length)} of their pixels not 0";
    }

    /// <summary>Prints a line for people, unless a program reads the output.</summary>
    public void Say(string line)
    {
        if (!Json)
        {
            Console.WriteLine(line);
        }
    }
}
