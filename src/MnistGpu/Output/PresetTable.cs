using MnistGpu.Program.Jobs;
using MnistGpu.Program.Settings;

namespace MnistGpu.Program.Output;

/// <summary>What <c>train --preset list</c> prints.</summary>
internal static class PresetTable
{
    public static void Write(bool json)
    {
        if (json)
        {
            JsonOutput.Write(new
            {
                Presets = Presets.All.Select(preset => new
                {
                    preset.Name,
                    preset.What,
                    preset.Source,
                    preset.Time,
                    preset.Expected,
                    PassMark = preset.Mark,
                    PassMarkOf = preset.OnTest ? "test" : "development",
                    preset.Options,
                }),
            });
            return;
        }

        foreach (var preset in Presets.All)
        {
            Console.WriteLine(preset.Name == Presets.Default ? $"{preset.Name} (without --preset)" : preset.Name);
            Console.WriteLine(Readable.Row("what", preset.What));
            Console.WriteLine(Readable.Row("source", preset.Source));
            Console.WriteLine(Readable.Row("time", preset.Time));
            Console.WriteLine(Readable.Row("expected", preset.Expected));
            Console.WriteLine(Readable.Row("pass mark",
                $"{Readable.Percent(preset.Mark)} {(preset.OnTest ? "test" : "development")}"));
            Console.WriteLine(Readable.Row("options", preset.Options.Length == 0 ? "none" : preset.Options));
            Console.WriteLine();
        }
    }
}
