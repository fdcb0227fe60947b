using System.Globalization;
using System.Text;
using MnistGpu.Data;
using MnistGpu.Files;
using MnistGpu.Program.Jobs;
using MnistGpu.Training;
using Spectre.Console;

namespace MnistGpu.Program.Output;

/// <summary>Shows what a network says of pictures, as text, JSON or CSV.</summary>
internal static class PredictView
{
    /// <summary>What is said of a picture with several digits.</summary>
    private const string Several = "more than one digit";

    private static string Header(DataShape shape) =>
        $"image,number,{(shape.IsDigits ? "digit" : "class")},probability,certainty,error";

    /// <summary>One line; above it what the network saw, where that is asked for.</summary>
    public static void Write(PictureAnswer answer, DataShape shape, bool draw)
    {
        if (draw && answer.Digits.Count > 0)
        {
            foreach (var line in DigitArt.Draw([.. answer.Digits.Select(d => ((ReadOnlyMemory<byte>)d.Pixels, ""))],
                shape, AnsiConsole.Profile.Width))
            {
                Console.WriteLine(line);
            }
        }

        Console.WriteLine($"{answer.Image}: {Words(answer, shape)}");
    }

    /// <summary>One object: a row for each picture, with its answer or its error.</summary>
    public static void WriteJson(string model, IEnumerable<PictureAnswer> answers, DataShape shape) =>
        JsonOutput.Write(new
        {
            Model = model,
            Predictions = answers.Select(answer => Row(answer, shape)),
        });

    /// <summary>A table: a row for each digit, and one for each picture without an answer.</summary>
    /// <exception cref="UserErrorException">The file cannot be written.</exception>
    public static void WriteCsv(string path, IEnumerable<PictureAnswer> answers, DataShape shape, bool probabilities)
    {
        var text = new StringBuilder(Header(shape)).Append(probabilities ? Names(shape) : "").Append('\n');
        foreach (var answer in answers)
        {
            if (answer.ErrorLine is { } error)
            {
                text.Append($"{Cell(answer.Image)},,,,,{Cell(error)}")
                    .Append(probabilities ? new string(',', shape.Classes) : "").Append('\n');
            }

            for (var i = 0; i < answer.Digits.Count; i++)
            {
                var digit = answer.Digits[i];
                text.Append($"{Cell(answer.Image)},{i + 1},{Cell(shape.ClassNames[digit.Digit])},"
                    + $"{digit.Probability:0.000000},{Certainty.From(digit.Probability)},")
                    .Append(probabilities ? Numbers(digit.Probabilities) : "").Append('\n');
            }
        }

        AtomicFile.Write(path, file => file.Write(Encoding.UTF8.GetBytes(text.ToString())),
            keepPrevious: true);
    }

    /// <summary>A heading for each class.</summary>
    internal static string Names(DataShape shape) =>
        string.Concat(shape.ClassNames.Select(name => $",{Cell($"p({name})")}"));

    /// <summary>A number for each class.</summary>
    internal static string Numbers(ReadOnlySpan<double> probabilities)
    {
        var text = new StringBuilder();
        foreach (var p in probabilities)
        {
            text.Append(CultureInfo.InvariantCulture, $",{p:0.000000}");
        }

        return text.ToString();
    }

    private static object Row(PictureAnswer answer, DataShape shape) => answer switch
    {
        { ErrorLine: { } error } => new { answer.Image, Error = error },
        { Digits: [var one] } when !shape.IsDigits => new
        {
            answer.Image,
            Class = shape.ClassNames[one.Digit],
            one.Probabilities,
            Certainty = Certainty.From(one.Probability),
        },
        { Digits: [var one] } => new
        {
            answer.Image,
            one.Digit,
            one.Probabilities,
            Certainty = Certainty.From(one.Probability),
        },
        _ => new
        {
            answer.Image,
            Digit = (int?)null,
            Note = Several,
            Digits = answer.Digits.Select(d => new
            {
                d.Digit,
                d.Probabilities,
                Certainty = Certainty.From(d.Probability)
            }),
        },
    };

    private static string Words(PictureAnswer answer, DataShape shape)
    {
        if (answer.ErrorLine is { } error)
        {
            return $"no answer. {error}";
        }

        if (answer.Digits is not [var one])
        {
            return $"{Several}, from left to right: " + string.Join(", ",
                answer.Digits.Select(d => $"{d.Digit} ({Readable.Percent(d.Probability)}, "
                    + $"{Certainty.From(d.Probability)})"));
        }

        var p = one.Probabilities;
        var ranked = Enumerable.Range(0, p.Length).OrderByDescending(d => p[d]).ToArray();
        return $"{shape.ClassNames[ranked[0]]} ({Readable.Percent(p[ranked[0]])}, {Certainty.From(p[ranked[0]])})"
            + string.Concat(ranked.Skip(1).Take(2).Select((k, i) =>
                $"{(i == 0 ? ", then " : ", ")}{shape.ClassNames[k]} ({Readable.Percent(p[k])})"));
    }

    /// <summary>A text as a cell, in quotes where it needs them.</summary>
    internal static string Cell(string text) =>
        text.AsSpan().ContainsAny(",\"\r\n") ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
}
