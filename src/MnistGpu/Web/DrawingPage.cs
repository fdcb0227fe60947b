using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using MnistGpu.Data;
using MnistGpu.Model;
using MnistGpu.Training;

namespace MnistGpu.Program.Web;

/// <summary>The page to draw on, and predictions over HTTP (Pages/api.html describes them).</summary>
internal sealed class DrawingPage : IDisposable
{
    private readonly Predictor predictor;
    private readonly HiddenUnits? hidden;
    private readonly ImageReader images;
    private readonly DataShape shape;
    private readonly object facts;

    /// <param name="name">What to call the model.</param>
    /// <param name="model">The model.</param>
    /// <param name="predictor">Answers for it; disposed with the page.</param>
    /// <param name="limits">What a client may send.</param>
    /// <param name="shape">The images that the model reads and the classes it names; null for MNIST's.</param>
    /// <param name="isDark">Whether the model was trained on images that are dark on light.</param>
    public DrawingPage(string name, ModelFile model, Predictor predictor, WebLimits limits,
        DataShape? shape = null, bool isDark = false)
    {
        this.predictor = predictor;
        hidden = model.IsCommittee ? null : HiddenUnits.From(model.State);
        var state = model.Networks[0];
        this.shape = shape ??= Mnist.Shape;
        images = new ImageReader(limits, shape, isDark);
        facts = new
        {
            Name = name,
            Network = model.Title,
            Activation = state.Shape.Activation.Title(),
            Parameters = model.ParameterCount,
            state.Step,
            Device = predictor.Name,
            Hardware = predictor.Description,
            shape.Width,
            shape.Height,
            shape.Channels,
            shape.IsDigits,
            Classes = shape.ClassNames,
            // Byte arrays become base64.
            FirstWeights = hidden?.FirstWeights(),
            LastWeights = hidden?.LastWeights(),
        };
    }

    /// <summary>Bytes of memory that pictures take which come or wait for a decoder.</summary>
    internal long HeldPictureBytes => images.HeldPictureBytes;

    public void Map(IEndpointRouteBuilder routes)
    {
        Pages.MapAt(routes, "/", "draw.html");
        Pages.MapAt(routes, "/api", "api.html");
        Pages.Map(routes, "draw.css", "draw.js", "remote.js", "ink.js", "why.js", "colours.js", "style.css", "icon.svg",
            "api.css", "api.js");
        routes.MapGet("/api/model", context => Answers.Json(context, facts));
        routes.MapPost("/api/predict", Predict);
        routes.MapPost("/api/drawing", Drawing);
    }

    public void Dispose()
    {
        predictor.Dispose();
        images.Dispose();
    }

    private async Task Predict(HttpContext context)
    {
        var answers = await Ask(await images.NumbersOrPicture(context));
        await (answers is [var (_, one)]
            ? Answers.Json(context, Answer(one))
            : Answers.Json(context, new { Digit = (int?)null, Digits = answers.Select(Each) }));
    }

    /// <summary>The same with what the network saw and what its hidden units did.</summary>
    private async Task Drawing(HttpContext context)
    {
        var answers = await Ask(await images.DrawingOrPicture(context));
        await (answers is [var (pixels, one)]
            ? Answers.Json(context, new
            {
                Digit = Evaluation.Best(one),
                Class = shape.ClassNames[Evaluation.Best(one)],
                Probabilities = one,
                Certainty = Certainty.From(one.Max()),
                Pixels = pixels,
                Hidden = hidden?.Activations(pixels)
            })
            : Answers.Json(context, new { Digit = (int?)null, Digits = answers.Select(Each) }));
    }

    /// <summary>The digit, or the class's name.</summary>
    private object Answer(double[] probabilities) => shape.IsDigits
        ? new { Digit = Evaluation.Best(probabilities), Probabilities = probabilities }
        : new { Class = shape.ClassNames[Evaluation.Best(probabilities)], Probabilities = probabilities };

    /// <summary>What is said of each of several digits.</summary>
    private static object Each((byte[] Pixels, double[] Probabilities) answer) => new
    {
        Digit = Evaluation.Best(answer.Probabilities),
        answer.Probabilities,
        Certainty = Certainty.From(answer.Probabilities.Max()),
        answer.Pixels,
    };

    private async Task<List<(byte[] Pixels, double[] Probabilities)>> Ask(IReadOnlyList<byte[]> digits)
    {
        var probabilities = await Task.WhenAll(digits.Select(predictor.Predict));
        return [.. digits.Zip(probabilities)];
    }
}
