using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using MnistGpu.Model;
using MnistGpu.Training;

namespace MnistGpu.Program.Web;

/// <summary>The page to draw on, and predictions over HTTP (Pages/api.html describes them).</summary>
internal sealed class DrawingPage : IDisposable
{
    private readonly Predictor predictor;
    private readonly HiddenUnits? hidden;
    private readonly ImageReader images;
    private readonly object facts;

    /// <param name="name">What to call the model.</param>
    /// <param name="state">The model.</param>
    /// <param name="predictor">Answers for it; disposed with the page.</param>
    /// <param name="limits">What a client may send.</param>
    public DrawingPage(string name, NetworkState state, Predictor predictor, WebLimits limits)
    {
        this.predictor = predictor;
        hidden = HiddenUnits.Of(state);
        images = new ImageReader(limits);
        facts = new
        {
            Name = name,
            Network = state.Shape.ToString(),
            Activation = state.Shape.Activation.Title(),
            Parameters = state.Shape.ParameterCount,
            state.Step,
            Device = predictor.Name,
            Hardware = predictor.Description,
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
        Pages.Map(routes, "draw.css", "draw.js", "ink.js", "why.js", "colours.js", "style.css", "icon.svg", "api.css");
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
        var probabilities = await predictor.Predict(await images.NumbersOrPicture(context));
        await Answers.Json(context, new { Digit = Evaluation.Best(probabilities), Probabilities = probabilities });
    }

    /// <summary>The same with what the network saw and what its hidden units did.</summary>
    private async Task Drawing(HttpContext context)
    {
        var pixels = await images.DrawingOrPicture(context);
        var probabilities = await predictor.Predict(pixels);
        await Answers.Json(context, new
        {
            Digit = Evaluation.Best(probabilities),
            Probabilities = probabilities,
            Pixels = pixels,
            Hidden = hidden?.Activations(pixels)
        });
    }
}
