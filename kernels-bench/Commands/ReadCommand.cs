using System.Text;
using System.Text.Json;
using MnistGpu.Bench.Measuring;
using MnistGpu.Data;
using MnistGpu.Data.Formats;
using MnistGpu.Data.Sources;
using MnistGpu.Exchange.Numpy;
using StbImageWriteSharp;

namespace MnistGpu.Bench.Commands;

/// <summary>
/// How fast data sets are read: the same images, written as each format into a temporary folder, and read from the
/// system's cache of it by what --data uses.
/// </summary>
internal static class ReadCommand
{
    /// <summary>As many as Kaggle's train.csv has.</summary>
    private const int TableRows = 42_000;

    /// <summary>Writes, measures and prints.</summary>
    /// <exception cref="UserErrorException">There is no such data, or not each format can hold it.</exception>
    public static int Run(CommonOptions options, CancellationToken cancel)
    {
        var images = options.Images(cancel);
        RequireDigits(images, options.Data);
        var folder = Directory.CreateTempSubdirectory("mnistgpu-read-");
        try
        {
            options.Say(CommonOptions.Describe(images));
            var table = new Table(new Column("format", 28, Right: false), new("images", 7), new("MB", 7),
                new("seconds", 8), new("MB/s", 8), new("images/s", 10));
            options.Say(table.Header);
            var rows = new List<object>();
            foreach (var (name, count, write) in Formats(images))
            {
                cancel.ThrowIfCancellationRequested();
                var path = Path.Combine(folder.FullName, $"{rows.Count}");
                Directory.CreateDirectory(path);
                var written = images.Slice(0, Math.Min(count, images.Count));
                var source = write(path, written);
                var bytes = File.Exists(source) ? new FileInfo(source).Length
                    : new DirectoryInfo(source).EnumerateFiles("*", SearchOption.AllDirectories).Sum(f => f.Length);
                Require(written, source, cancel);
                var seconds = Timing.Measure(runs =>
                {
                    for (var run = 0; run < runs; run++)
                    {
                        DataSource.Load(source, new DataRequest(), cancel);
                    }
                }, options.Seconds).Median;
                options.Say(table.Add(name, $"{written.Count:N0}", $"{bytes / 1e6:0.0}", $"{seconds:0.000}",
                    $"{bytes / 1e6 / seconds:N0}", $"{written.Count / seconds:N0}"));
                rows.Add(new { format = name, images = written.Count, bytes, seconds });
            }

            if (options.Json)
            {
                Console.WriteLine(JsonSerializer.Serialize(new { machine = Machine.Read(), rows }));
            }

            return 0;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static (string Name, int Count, Func<string, DigitSet, string> Write)[] Formats(DigitSet images) =>
    [
        ("train.csv", Math.Min(TableRows, images.Count), Csv),
        ("IDX", images.Count, Idx),
        (".npz, stored", images.Count, (folder, set) => Npz(folder, set, isPacked: false)),
        (".npz, deflated", images.Count, (folder, set) => Npz(folder, set, isPacked: true)),
        ("folders of PNG", images.Count, Pngs),
        ("folders of PNG in a .zip", images.Count, ZippedPngs),
    ];

    /// <summary>Folders of pictures are read as they were written only where these are like MNIST's.</summary>
    /// <exception cref="UserErrorException">They are not.</exception>
    internal static void RequireDigits(DigitSet images, string data)
    {
        var dark = Enumerable.Range(0, images.Count).Count(j => DataFacts.IsDark(images.Image(j), images.Shape));
        var classes = images.Labels.ToArray().Distinct().Count();
        var fault = !images.Shape.HasSizeOf(Mnist.Shape) ? $"images of {images.Shape.Size}"
            : images.Shape.Classes > Mnist.Classes ? $"{images.Shape.Classes} classes"
            : classes < images.Shape.Classes ? $"images of {classes} of the {images.Shape.Classes} classes"
            : 2 * dark > images.Count ? $"{dark:N0} of {images.Count:N0} images dark on light" : null;
        if (fault is not null)
        {
            throw new UserErrorException("These images cannot be written in every format", where: data,
                expected: $"light on dark, {Mnist.Shape.Size} in grey, and some of each of at most {Mnist.Classes} "
                    + "classes", found: fault, todo: "name MNIST, or another set like it");
        }
    }

    /// <summary>What is not read right is not worth a time.</summary>
    private static void Require(DigitSet written, string source, CancellationToken cancel)
    {
        var read = DataSource.Load(source, new DataRequest(), cancel).Train;
        var isSame = read.Count == written.Count && read.X.Length == written.X.Length;
        // Pictures come in another order.
        if (!isSame || Sum(read) != Sum(written))
        {
            throw new InvalidOperationException($"{source} was read as something else.");
        }
    }

    private static long Sum(DigitSet set)
    {
        var sum = 0L;
        for (var j = 0; j < set.Count; j++)
        {
            var hash = new HashCode();
            hash.AddBytes(set.Image(j));
            hash.Add(set.Labels.Span[j]);
            sum += hash.ToHashCode();
        }

        return sum;
    }

    private static string Csv(string folder, DigitSet set)
    {
        var path = Path.Combine(folder, "train.csv");
        using var file = new StreamWriter(path, false, Encoding.ASCII, 1 << 20);
        file.Write("label");
        for (var i = 0; i < set.Shape.Pixels; i++)
        {
            file.Write($",pixel{i}");
        }

        for (var j = 0; j < set.Count; j++)
        {
            file.Write($"\n{set.Labels.Span[j]}");
            foreach (var pixel in set.Image(j))
            {
                file.Write($",{pixel}");
            }
        }

        file.Write('\n');
        return path;
    }

    private static string Idx(string folder, DigitSet set)
    {
        IdxWriter.Write(folder, new DigitData(set, null, "", null));
        return folder;
    }

    private static string Npz(string folder, DigitSet set, bool isPacked)
    {
        var path = Path.Combine(folder, "mnist.npz");
        NpzFile.Write(path,
        [
            new NpyEntry("x_train", [set.Count, set.Shape.Height, set.Shape.Width], set.X),
            new NpyEntry("y_train", [set.Count], set.Labels),
        ], isPacked);
        return path;
    }

    private static string Pngs(string folder, DigitSet set)
    {
        for (var k = 0; k < set.Shape.Classes; k++)
        {
            Directory.CreateDirectory(Path.Combine(folder, $"{k}"));
        }

        Parallel.For(0, set.Count, j =>
        {
            using var file = File.Create(Path.Combine(folder, $"{set.Labels.Span[j]}", $"{j:00000}.png"));
            new ImageWriter().WritePng(set.Image(j).ToArray(), set.Shape.Width, set.Shape.Height,
                set.Shape.Channels == 1 ? ColorComponents.Grey : ColorComponents.RedGreenBlue, file);
        });
        return folder;
    }

    private static string ZippedPngs(string folder, DigitSet set)
    {
        var pictures = Path.Combine(folder, "pictures");
        Directory.CreateDirectory(pictures);
        Pngs(pictures, set);
        var path = Path.Combine(folder, "pictures.zip");
        System.IO.Compression.ZipFile.CreateFromDirectory(pictures, path);
        return path;
    }
}
