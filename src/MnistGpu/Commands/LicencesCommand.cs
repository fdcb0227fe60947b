using System.CommandLine;

namespace MnistGpu.Program.Commands;

/// <summary>
/// Prints the licence, and the notices of what the program is built with: one file has no others beside it.
/// </summary>
internal static class LicencesCommand
{
    private static readonly string[] Texts = ["MnistGpu.Licence", "MnistGpu.Notices"];

    public static Command Create()
    {
        var command = new Command("licences", "Print the licences of the program and of what it is built with.");
        command.SetAction(_ =>
        {
            foreach (var text in Texts)
            {
                using var stream = typeof(LicencesCommand).Assembly.GetManifestResourceStream(text)!;
                using var reader = new StreamReader(stream);
                Console.WriteLine(reader.ReadToEnd());
            }

            return ExitCode.Done;
        });
        return command;
    }
}
