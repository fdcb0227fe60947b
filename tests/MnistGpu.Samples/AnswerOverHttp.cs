using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace MnistGpu.Samples;

/// <summary>Answers pictures over HTTP: curl --data-binary @seven.png http://localhost:5000/predict</summary>
public static class AnswerOverHttp
{
    public static WebApplication Create(string model, string url)
    {
        #region sample
        var builder = WebApplication.CreateSlimBuilder();
        builder.Services.AddSingleton(_ => Network.Load(model));
        var app = builder.Build();
        app.MapPost("/predict", async (HttpRequest request, Network network, CancellationToken cancel) =>
        {
            try
            {
                var answers = await network.PredictManyAsync(request.Body, cancel);
                return Results.Ok(answers.Select(answer => new { answer.Name, answer.Probability }));
            }
            catch (UserErrorException e)
            {
                return Results.BadRequest(new { e.What, e.Expected, e.Found });
            }
        });
        #endregion
        app.Urls.Add(url);
        return app;
    }
}
