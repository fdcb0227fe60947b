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
                Presets = Preset.All.Select(preset => new
                {
                    preset.Name,
                    What = preset.Summary,
                    preset.Source,
                    preset.Time,
                    preset.Expected,
                    PassMark = preset.Mark,
                    PassMarkOf = preset.Mark is null ? null : PassMark.Set,
                    Options = preset.Options(),
                }),
            });
            return;
        }

        foreach (var preset in Preset.All)
        {
            Console.WriteLine(preset.Name == Presets.Default ? $"{preset.Name} (without --preset)" : preset.Name);
            Console.WriteLine(Readable.Row("what", preset.Summary));
            Console.WriteLine(Readable.Row("source", preset.Source));
            Console.WriteLine(Readable.Row("time", preset.Time));
            Console.WriteLine(Readable.Row("expected", preset.Expected));
            Console.WriteLine(Readable.Row("pass mark",
                preset.Mark is { } mark ? $"{Readable.Percent(mark)} {PassMark.Set}" : "none"));
            Console.WriteLine(Readable.Row("options", preset.Options() is { Length: > 0 } options ? options : "none"));
            Console.WriteLine();
        }
    }
}
