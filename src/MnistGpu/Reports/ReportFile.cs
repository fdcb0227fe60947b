using System.Text;
using MnistGpu.Files;
using MnistGpu.Program.Settings;

namespace MnistGpu.Program.Reports;

/// <summary>The file that a report goes to.</summary>
internal static class ReportFile
{
    /// <summary>Finds out whether the report can be written, before time is spent on what is to be in it.</summary>
    /// <param name="path">Where to; null for no report.</param>
    /// <param name="others">What else the command reads or writes, and the option that names it; null for
    /// nothing.</param>
    /// <exception cref="UserErrorException">It cannot, or it would replace one of the others.</exception>
    public static void Require(string? path, params ReadOnlySpan<(string Option, string? Path)> others)
    {
        if (path is null)
        {
            return;
        }

        AtomicFile.RequireWritable(path);
        AtomicFile.RequireOwn(CommonOptions.ReportOption, path, others);
    }

    /// <summary>Writes it; a report that was there is kept as FILE.previous.</summary>
    /// <exception cref="UserErrorException">It cannot be written.</exception>
    public static void Write(string path, string page) =>
        AtomicFile.Write(path, file => file.Write(Encoding.UTF8.GetBytes(page)), keepPrevious: true);
}
