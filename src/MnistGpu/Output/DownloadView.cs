using MnistGpu.Data.Sources;

namespace MnistGpu.Program.Output;

/// <summary>
/// Shows a download on the error output: a line that counts up on a terminal, the addresses elsewhere.
/// </summary>
internal sealed class DownloadView(bool calm)
{
    private bool counting;

    /// <summary>The same request, telling this view what goes on.</summary>
    public DataRequest Watch(DataRequest request) => request with { Say = Say, OnDownload = Count };

    private void Say(string line)
    {
        if (!calm)
        {
            EndLine();
            Console.Error.WriteLine(line);
        }
    }

    private void Count(DownloadProgress progress)
    {
        if (!calm && !Console.IsErrorRedirected)
        {
            const double MiB = 1024 * 1024;
            Console.Error.Write($"\r  {progress.File}  {progress.Bytes / MiB:0.0} of {progress.Total / MiB:0.0} MiB ");
            counting = true;
            if (progress.Bytes >= progress.Total)
            {
                EndLine();
            }
        }
    }

    private void EndLine()
    {
        if (counting)
        {
            counting = false;
            Console.Error.WriteLine();
        }
    }
}
