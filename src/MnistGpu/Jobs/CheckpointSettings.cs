using MnistGpu.Data;
using MnistGpu.Files;
using MnistGpu.Gpu;
using MnistGpu.Gpu.Tuning;
using MnistGpu.Model;
using MnistGpu.Program.Settings;
using MnistGpu.Simd;
using MnistGpu.Training;

namespace MnistGpu.Program.Jobs;

/// <summary>What a checkpoint keeps of the options, under their own names, and of the images.</summary>
internal static class CheckpointSettings
{
    private const string DeviceKey = "device";
    private const string ImagesKey = "images_sha256";

    private const string ArithmeticKey = "arithmetic";

    private const string MathKey = "math";

    /// <summary>The settings to keep with a run's checkpoints.</summary>
    public static Dictionary<string, string> Create(TrainRequest request, INetworkEngine engine, DigitData data,
        string images)
    {
        var settings = new Dictionary<string, string>(TrainMetadata.OptionsOn(engine, request))
        {
            [DeviceKey] = engine.Name,
            [TrainMetadata.SourceKey] = TrainMetadata.Source(request, data),
            [ImagesKey] = images,
            [ArithmeticKey] = engine.Parts.Arithmetic,
        };
        ModelImages.Add(settings, data.Shape);
        return settings;
    }

    /// <summary>The options that a checkpoint kept, as they are written now.</summary>
    public static Dictionary<string, string?> Options(IReadOnlyDictionary<string, string> metadata)
    {
        var options = TrainSettings.Kept
            .Where(setting => metadata.GetValueOrDefault(setting.Key) is { Length: > 0 })
            .ToDictionary(setting => setting.Name, setting => (string?)metadata[setting.Key]);
        if (options.ContainsKey(TrainSettings.From.Name))
        {
            options.Remove(TrainSettings.Init.Name);
        }

        // Version 0.1 had --math beside --product auto; the kernels that round so have its names.
        var rounding = metadata.GetValueOrDefault(MathKey);
        var product = TrainSettings.Product.Name;
        if (rounding is not null and not "float32" && options.GetValueOrDefault(product) is null or ProductChoice.Auto)
        {
            options[product] = rounding;
        }

        return options;
    }

    /// <summary>What the user should know before a run goes on; empty for nothing.</summary>
    public static IEnumerable<string> Notices(TrainRequest request, INetworkEngine engine, TrainingPlan plan)
    {
        if (request.Resumed is not { } from)
        {
            yield break;
        }

        if (request.CheckpointFile is { } file && from.Path == AtomicFile.Previous(file) && !File.Exists(file))
        {
            yield return $"{file} is not there: the run goes on from the checkpoint before it, {from.Path}";
        }

        if (from.Metadata.GetValueOrDefault(DeviceKey) is { } device && device != engine.Name)
        {
            yield return $"the checkpoint was written on {Plain.Text(device)}; on {engine.Name} the same run ends in "
                + "slightly other numbers";
        }
        else if (from.Metadata.GetValueOrDefault(AllEngines.ProductsKey) is { Length: > 0 } products
            && engine is IKernelEngine kernels && products != kernels.Products.Description)
        {
            yield return $"the checkpoint's products were chosen {Plain.Text(products)}, and are now chosen "
                + $"{kernels.Products.Description}: the same run ends in slightly other numbers";
        }
        else if (engine is not IKernelEngine && IsOther(from.Metadata.GetValueOrDefault(ArithmeticKey), engine))
        {
            var before = from.Metadata.GetValueOrDefault(ArithmeticKey, "by an earlier version");
            yield return $"the checkpoint's sums were made another way ({Plain.Text(before)}; now "
                + $"{engine.Parts.Arithmetic}): the same run ends in slightly other numbers";
        }

        yield return plan.IsDone(from.Position)
            ? $"the run of {from.Path} is finished, after step {from.Position.Step}: there is nothing left to train"
            : $"the run goes on from {from.Path}, after step {from.Position.Step} of {plan.Steps}";
    }

    // Versions that kept no arithmetic summed a wide first layer by blocks, and the others as now.
    private static bool IsOther(string? arithmetic, INetworkEngine engine) => arithmetic is null
        ? engine.Parts.Arithmetic.EndsWith(SimdEngine.ByPixels, StringComparison.Ordinal)
        : arithmetic != engine.Parts.Arithmetic;

    /// <summary>Refuses images that are not those of the checkpoint.</summary>
    /// <exception cref="UserErrorException">Their hash differs.</exception>
    public static void RequireSameImages(Checkpoint checkpoint, DigitData data, string images)
    {
        var expected = checkpoint.Metadata.GetValueOrDefault(ImagesKey, "none");
        if (images != expected)
        {
            var source = checkpoint.Metadata.GetValueOrDefault(TrainMetadata.SourceKey);
            throw new UserErrorException("The checkpoint's run saw other images", where: $"--data, {data.Source}",
                expected: $"{source}, SHA-256 {expected}, as in {checkpoint.Path}", found: $"SHA-256 {images}",
                todo: "name the data that the run began with, or leave out --resume to begin another");
        }
    }
}
