using System.Globalization;
using System.Text;
using MnistGpu.Files;
using MnistGpu.Program.Jobs;

namespace MnistGpu.Program.Output;

/// <summary>Shows what a network says of the images of one file, as text, JSON or a table.</summary>
internal static class RowAnswersView
{
    // More lines would scroll away what they say together.
    private const int Shown = 10;

    /// <summary>
    /// The first answers, how many images each class has, and how many are right where that is known.
    /// </summary>
    public static void Write(RowAnswers answers, PredictRequest asked)
    {
        var (images, shape) = (answers.Images, answers.Shape);
        foreach (var line in images.Log.Guesses.Concat(images.Log.LeftOut))
        {
            Console.Error.WriteLine($"notice: {Plain.Text(line, 400)}");
        }

        for (var j = 0; j < Math.Min(Shown, images.Count); j++)
        {
            Console.WriteLine($"{j + 1}: {shape.ClassNames[answers.Classes[j]]} "
                + $"({Readable.Percent(answers.Of(j)[answers.Classes[j]])})");
        }

        if (images.Count > Shown)
        {
            Console.WriteLine($"… and {Readable.Count(images.Count - Shown)} more"
                + (asked.Csv is null && asked.Kaggle is null ? "; --csv FILE writes all" : ""));
        }

        var counts = new int[shape.Classes];
        foreach (var one in answers.Classes)
        {
            counts[one]++;
        }

        Console.WriteLine();
        Console.WriteLine(Readable.Row("images", $"{Readable.Count(images.Count)} of {images.Source}"));
        Console.WriteLine(Readable.Row(shape.IsDigits ? "digits" : "classes", string.Join("  ", counts
            .Select((count, k) => (count, k)).Where(one => one.count > 0)
            .Select(one => $"{shape.ClassNames[one.k]}: {Readable.Count(one.count)}"))));
        if (answers.Hits is { } hits)
        {
            Console.WriteLine(Readable.Row("accuracy", $"{Readable.Percent(hits / (double)images.Count)}: "
                + $"{Readable.Count(hits)} as the file's labels say"));
        }

        foreach (var path in (string?[])[asked.Csv, asked.Kaggle])
        {
            if (path is not null)
            {
                Console.WriteLine(Readable.Row("table", path));
            }
        }
    }

    /// <summary>One object: a row for each image.</summary>
    public static void WriteJson(RowAnswers answers) => JsonOutput.Write(new
    {
        answers.Model,
        Data = answers.Images.Source,
        answers.Images.Log.Guesses,
        answers.Images.Log.LeftOut,
        Images = answers.Images.Count,
        Accuracy = answers.Hits / (double)answers.Images.Count,
        Predictions = Enumerable.Range(0, answers.Images.Count).Select(j => Row(answers, j)),
    });

    /// <summary>A table: a row for each image, numbered from 1.</summary>
    /// <exception cref="UserErrorException">The file cannot be written.</exception>
    public static void WriteCsv(string path, RowAnswers answers, bool probabilities)
    {
        var (shape, all) = (answers.Shape, new double[answers.Shape.Classes]);
        WriteLines(path, $"row,{(shape.IsDigits ? "digit" : "class")},probability"
            + (probabilities ? PredictView.Names(shape) : ""), answers, (text, j) =>
            {
                var own = answers.Of(j);
                var best = answers.Classes[j];
                text.Append(CultureInfo.InvariantCulture,
                    $"{j + 1},{PredictView.Cell(shape.ClassNames[best])},{own[best]:0.000000}");
                if (probabilities)
                {
                    for (var k = 0; k < all.Length; k++)
                    {
                        all[k] = own[k];
                    }

                    text.Append(PredictView.Numbers(all));
                }
            });
    }

    /// <summary>
    /// The table that Kaggle's competitions take: ImageId from 1, and Label, in the numbers of the set's files where
    /// its classes have names here only.
    /// </summary>
    /// <exception cref="UserErrorException">The file cannot be written.</exception>
    public static void WriteKaggle(string path, RowAnswers answers) => WriteLines(path, "ImageId,Label", answers,
        (text, j) => text.Append(CultureInfo.InvariantCulture,
            $"{j + 1},{Label(answers, answers.Classes[j])}"));

    private static string Label(RowAnswers answers, int output) => answers.Images.FirstLabel is { } first
        ? (first + output).ToString(CultureInfo.InvariantCulture)
        : PredictView.Cell(answers.Shape.ClassNames[output]);

    private static void WriteLines(string path, string header, RowAnswers answers, Action<StringBuilder, int> line)
    {
        // In pieces: all lines as one text would take more memory than the images.
        const int Piece = 1 << 16;
        AtomicFile.Write(path, file =>
        {
            var text = new StringBuilder(header).Append('\n');
            for (var j = 0; j < answers.Images.Count; j++)
            {
                line(text, j);
                text.Append('\n');
                if (text.Length >= Piece || j == answers.Images.Count - 1)
                {
                    file.Write(Encoding.UTF8.GetBytes(text.ToString()));
                    text.Clear();
                }
            }
        }, keepPrevious: true);
    }

    private static object Row(RowAnswers answers, int j)
    {
        var (own, best) = (answers.Of(j).ToArray(), answers.Classes[j]);
        return answers.Shape.IsDigits ? new { Row = j + 1, Digit = (int)best, Probabilities = own }
            : new { Row = j + 1, Class = answers.Shape.ClassNames[best], Probabilities = own };
    }
}
