using System.CommandLine;
using MnistGpu.Data;
using MnistGpu.Data.Formats;
using MnistGpu.Data.Pictures;
using MnistGpu.Data.Sources;
using MnistGpu.Data.Synthetic;
using MnistGpu.Files;
using MnistGpu.Program.Jobs;
using MnistGpu.Program.Output;
using MnistGpu.Program.Settings;
using Spectre.Console;

namespace MnistGpu.Program.Commands;

/// <summary>Shows, downloads and draws images.</summary>
internal static class DataCommand
{
    private const int Columns = 20;
    private const int MaxRows = 500;
    private const int Shown = 6;

    // Bytes of pixels: a small file may unpack to more, which is not looked at as a whole.
    private const long MostLookedAt = 1L << 28;

    public static Command Create() =>
        new("data", "Show, convert, download or draw images.") { Show(), DataImportCommand.Create(), Download(),
            Synth() };

    private static Command Show()
    {
        var data = CommonOptions.Data();
        var reading = new ReadOptions();
        var rows = CommonOptions.Whole("--rows", "rows of twenty images on the contact sheet", "n", 15, 1, MaxRows);
        var from = CommonOptions.Whole("--from", "the first image to show", "n", 0, 0,
            SyntheticDigits.MaxCount - MaxRows * Columns);
        var seed = CommonOptions.Seed();
        var save = CommonOptions.FileOrNone("--save", "write a contact sheet there, as PNG", FileKind.Sheet);
        var deform = CommonOptions.Deform($"; below the originals: {BentImages.Epochs} epochs of them");
        var epoch = CommonOptions.Whole("--epoch", "the first epoch to show of --deform", "n", 0, 0,
            int.MaxValue - BentImages.Epochs);
        var json = CommonOptions.Json();
        var command = new Command("show",
            "Draw a few images in the terminal and, with --save, a contact sheet as PNG.") { data, reading.Read,
            reading.Polarity, rows, from, seed, save, deform, epoch, json };
        command.SetAction(parsed => RunShow(parsed.GetValue(data)!,
            reading.Request(parsed), parsed.GetValue(rows), parsed.GetValue(from),
            parsed.GetValue(seed), parsed.GetValue(save),
            DeformText.Parse(parsed.GetValue(deform)!) is { } ranges
                ? new BentImages(ranges, parsed.GetValue(seed), (uint)parsed.GetValue(epoch)) : null,
            parsed.GetValue(json)));
        return command;
    }

    private static int RunShow(string source, DataRequest asked, int rows, int from, ulong seed, string? save,
        BentImages? bent, bool json)
    {
        using var interruption = new Interruption();
        if (save is not null)
        {
            AtomicFile.RequireWritable(save);
        }

        // No more than is shown: a small file may unpack to gigabytes.
        var request = asked with
        {
            Limit = from + rows * Columns,
            SyntheticTest = 0,
            Seed = seed,
            NeedsTraining = false,
        };
        var data = Loading.Load(source, request, calm: json, interruption.Token);
        if (!json)
        {
            Loading.SayNotice(data);
        }

        if (from >= data.Train.Count)
        {
            throw new UserErrorException("There is no such image", where: "--from",
                expected: $"0 to {data.Train.Count - 1}", found: $"{from}", todo: "start at an earlier one");
        }

        var facts = Facts(source, request, data, json, interruption.Token);
        var set = data.Train.Slice(from, data.Train.Count - from);
        var counts = new int[data.Shape.Classes];
        foreach (var label in data.AllLabels.Span)
        {
            counts[label]++;
        }

        if (save is not null)
        {
            var columns = Math.Min(Columns, set.Count);
            ContactSheet.Write(save, bent?.Sheet(set, from, columns, rows) ?? set, columns, rows);
        }

        if (json)
        {
            JsonOutput.Write(new
            {
                Data = data.Source,
                data.Notice,
                data.LeftOut,
                data.Guesses,
                Training = data.AllLabels.Length,
                Test = data.Test?.Count,
                data.Shape.Width,
                data.Shape.Height,
                data.Shape.Channels,
                Classes = data.Shape.ClassNames,
                Digits = counts,
                DarkOnLight = facts?.Dark,
                facts?.Repeated,
                TestImagesAmongTraining = facts?.Leaked,
                Sheet = save,
            });
            return ExitCode.Done;
        }

        Draw(set, label => label);
        for (var epoch = 0u; bent is not null && epoch < BentImages.Epochs; epoch++)
        {
            Draw(bent.Of(set.Slice(0, Math.Min(Shown, set.Count)), from, epoch), label =>
                $"{label}, epoch {bent.Epoch + epoch}");
        }

        Console.WriteLine(Readable.Row("data",
            $"{data.Source}: {(data.Train == data.Test ? "none" : Readable.Count(data.AllLabels.Length))} to train on, "
                + $"{(data.Test is { } test ? Readable.Count(test.Count) : "none")} to test on"));
        Console.WriteLine(Readable.Row("images", $"{data.Shape.Size} pixels"));
        Console.WriteLine(Readable.Row(data.Shape.IsDigits ? "digits" : "classes", string.Join("  ",
            counts.Select((count, k) => $"{data.Shape.ClassNames[k]}: {Readable.Count(count)}"))));
        if (facts is not null)
        {
            WriteFacts(facts);
        }

        if (save is not null)
        {
            Console.WriteLine(Readable.Row("sheet", bent is null
                ? $"{save}, the first {Math.Min(set.Count, rows * Columns)} of them"
                : $"{save}, rows of originals, each followed by its epochs {bent.Epoch} to "
                    + $"{bent.Epoch + BentImages.Epochs - 1}"));
        }

        return ExitCode.Done;
    }

    /// <summary>What all images are like; null where they are drawn by the program, or too many to look at.</summary>
    private static DataFacts? Facts(string source, DataRequest request, DigitData data, bool json,
        CancellationToken cancel)
    {
        if (DataSource.IsWord(source) || (long)data.AllLabels.Length * data.Shape.Pixels > MostLookedAt)
        {
            return null;
        }

        return DataFacts.Of(data.Train.Count == data.AllLabels.Length ? data
            : Loading.Load(source, request with { Limit = null }, calm: json, cancel));
    }

    private static void WriteFacts(DataFacts facts)
    {
        Console.WriteLine(Readable.Row("polarity", 2 * facts.Dark > facts.Images
            ? $"dark on light, {Readable.Count(facts.Dark)} of {Readable.Count(facts.Images)}"
            : $"light on dark, {Readable.Count(facts.Images - facts.Dark)} of {Readable.Count(facts.Images)}"));
        Console.WriteLine(Readable.Row("duplicates", $"{Readable.Count(facts.Repeated)} among those to train on"
            + (facts.Leaked is { } leaked ? $"; {Readable.Count(leaked)} test images are among them, too" : "")));
    }

    private static void Draw(DigitSet set, Func<string, string> caption)
    {
        var images = Enumerable.Range(0, Math.Min(Shown, set.Count))
            .Select(j => (set.Slice(j, 1).X, caption(set.ClassOf(j))));
        foreach (var line in DigitArt.Draw([.. images], set.Shape, Math.Min(AnsiConsole.Profile.Width, 120)))
        {
            Console.WriteLine(line);
        }
    }

    private static Command Download()
    {
        var names = DataManifest.All.Select(known => known.Word).ToArray();
        var name = new Argument<string>("name")
        {
            Description = string.Join(", ", names),
            Arity = ArgumentArity.ZeroOrOne,
            DefaultValueFactory = _ => DataManifest.Mnist.Word,
        };
        var json = CommonOptions.Json();
        var command = new Command("download", "Bring a data set's files into the user's cache and check them.") { name,
            json };
        command.SetAction(parsed =>
        {
            using var interruption = new Interruption();
            var calm = parsed.GetValue(json);
            var word = parsed.GetValue(name)!;
            var known = DataManifest.Named(word.ToLowerInvariant())
                ?? throw new UserErrorException("There is no such data set to download", where: "name",
                    expected: string.Join(", ", names), found: $"'{word}'",
                    todo: Spelling.Suggest(word, names) is { } near ? $"did you mean {near}?" : "choose one of them");
            var folder = Downloader.Fetch(known, DataPlaces.OfThisMachine.FolderOf(known),
                new DownloadView(calm).Watch(new DataRequest()), interruption.Token);
            if (calm)
            {
                JsonOutput.Write(new { Folder = folder, known.Published });
                return ExitCode.Done;
            }

            Console.WriteLine(Readable.Row("data", $"{known.Name} is in {folder}; --data "
                + $"{(known == DataManifest.Mnist ? "auto" : known.Word)} finds it there"));
            Console.WriteLine(Readable.Row("checked by", known.Published));
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Synth()
    {
        var folder = CommonOptions.Path("folder", "where to write the IDX files");
        var count = CommonOptions.Whole("--count", "images to train on", "n", 60_000, 1, 2_000_000);
        var test = CommonOptions.Whole("--test", "images to test on", "n", 10_000, 0, 2_000_000);
        var seed = CommonOptions.Seed();
        var json = CommonOptions.Json();
        var command = new Command("synth", "Draw digits and write them as IDX files, as MNIST's are.") { folder, count,
            test, seed, json };
        command.SetAction(parsed =>
        {
            using var interruption = new Interruption();
            var target = parsed.GetValue(folder)!;
            IdxWriter.RequireFolder(target);
            var data = DataSource.Load("synthetic",
                new DataRequest
                {
                    Limit = parsed.GetValue(count),
                    SyntheticTest = parsed.GetValue(test),
                    Seed = parsed.GetValue(seed)
                }, interruption.Token);
            IdxWriter.Write(target, data);
            if (parsed.GetValue(json))
            {
                JsonOutput.Write(new { Folder = target, Training = data.Train.Count, Test = data.Test?.Count ?? 0 });
                return ExitCode.Done;
            }

            Console.WriteLine(Readable.Row("data",
                $"{Readable.Count(data.Train.Count)} images to train on, {Readable.Count(data.Test?.Count ?? 0)} to "
                    + $"test on, in {target}; use them with --data {target}"));
            return ExitCode.Done;
        });
        return command;
    }
}
