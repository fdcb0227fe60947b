using MnistGpu.Data;
using MnistGpu.Data.Sources;
using MnistGpu.Program.Settings;

namespace MnistGpu.Program.Output;

/// <summary>
/// Loads images as every command does: downloads are shown, and what the user should know of the images is said.
/// </summary>
internal static class Loading
{
    private const int Longest = 400;

    /// <summary>The images of a source.</summary>
    /// <param name="source">What --data names.</param>
    /// <param name="request">How many.</param>
    /// <param name="calm">Whether a download goes on in silence.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="UserErrorException">There is no such source, or it cannot be read.</exception>
    public static DigitData Load(string source, DataRequest request, bool calm, CancellationToken cancel) =>
        OptionWords.In(DataSource.Load(source, new DownloadView(calm).Watch(request), cancel));

    /// <summary>
    /// What the user should know of the images, on the error output so that it never mixes with a result: who did not
    /// ask for synthetic digits must see that these are used.
    /// </summary>
    public static void SayNotice(DigitData data)
    {
        if (data.Notice is { } notice)
        {
            Console.Error.WriteLine($"notice: {Plain.Text(notice, Longest)}");
        }

        foreach (var line in data.Guesses.Concat(data.LeftOut))
        {
            Console.Error.WriteLine($"notice: {Plain.Text(line, Longest)}");
        }
    }
}
