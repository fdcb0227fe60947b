using MnistGpu.Samples;

// dotnet run --project tests/MnistGpu.Samples -- train auto model.safetensors
switch (args)
{
    case ["train", var data, var model]:
        TrainAndPredict.Run(data, model);
        break;
    case ["own"]:
        OwnImages.Run();
        break;
    case ["gpu", var data]:
        OnAGpu.Run(data);
        break;
    case ["committee", var data]:
        Committees.Run(data);
        break;
    case ["stop", var data, var goal]:
        EarlyStop.Run(data, double.Parse(goal));
        break;
    case ["serve", var model, var url]:
        await AnswerOverHttp.Create(model, url).RunAsync();
        break;
    default:
        Console.Error.WriteLine("train DATA MODEL, own, gpu DATA, committee DATA, stop DATA GOAL or serve MODEL URL");
        return 2;
}

return 0;
