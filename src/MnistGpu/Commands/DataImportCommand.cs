using System.CommandLine;
using MnistGpu.Data.Formats;
using MnistGpu.Data.Pictures;
using MnistGpu.Data.Sources;
using MnistGpu.Program.Jobs;
using MnistGpu.Program.Output;
using MnistGpu.Program.Settings;

namespace MnistGpu.Program.Commands;

/// <summary>Writes images of any format as IDX files.</summary>
internal static class DataImportCommand
{
    private const string Sheet = "sheet.png";
    private const int Columns = 20;
    private const int Rows = 15;

    public static Command Create()
    {
        var source = CommonOptions.Path("source", "what --data names: a file, a folder");
        var folder = CommonOptions.Path("folder", "where to write the IDX files");
        var reading = new ReadOptions();
        var json = CommonOptions.Json();
        var command = new Command("import",
            "Write images of any format as IDX files, the classes' names beside them, and a contact sheet.") { source,
            folder, reading.Read, reading.Polarity, json };
        command.SetAction(parsed => Run(parsed.GetValue(source)!, parsed.GetValue(folder)!,
            reading.Request(parsed) with { NeedsTraining = false }, parsed.GetValue(json)));
        return command;
    }

    private static int Run(string source, string folder, DataRequest request, bool json)
    {
        using var interruption = new Interruption();
        var data = Loading.Load(source, request, calm: json, interruption.Token);
        IdxWriter.RequireFolder(folder);
        var sheet = Path.Combine(folder, Sheet);
        if (File.Exists(sheet))
        {
            throw new UserErrorException("A contact sheet is in this folder already, and nothing replaces it",
                where: sheet, expected: "no such file", found: "one", todo: "choose another folder, or remove it");
        }

        IdxWriter.Write(folder, data);
        ContactSheet.Write(sheet, data.Train, Columns, Rows);
        if (json)
        {
            JsonOutput.Write(new
            {
                Data = data.Source,
                data.Guesses,
                data.LeftOut,
                Folder = folder,
                Training = data.Train.Count,
                Test = data.Test?.Count ?? 0,
                Classes = data.Shape.ClassNames,
                Sheet = sheet,
            });
            return ExitCode.Done;
        }

        Loading.SayNotice(data);
        Console.WriteLine(Readable.Row("data", $"{Readable.Count(data.Train.Count)} images to train on, "
            + $"{Readable.Count(data.Test?.Count ?? 0)} to test on, {data.Shape}, in {folder}; use them with --data "
            + folder));
        Console.WriteLine(Readable.Row("sheet", sheet));
        return ExitCode.Done;
    }
}
