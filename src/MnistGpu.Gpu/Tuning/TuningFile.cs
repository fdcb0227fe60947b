using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using MnistGpu.Data.Sources;
using MnistGpu.Files;
using MnistGpu.Gpu.Devices;
using MnistGpu.Gpu.Kernels.Products;

namespace MnistGpu.Gpu.Tuning;

/// <summary>One product of one size in a <see cref="TuningFile"/>.</summary>
/// <param name="Product">As its equation has it.</param>
/// <param name="Size">Narrow, small or large.</param>
/// <param name="Rung">The rung that was fastest.</param>
/// <param name="Microseconds">What each rung took.</param>
internal sealed record TuningEntry(
    string Product, ResultSize Size, string Rung, IReadOnlyDictionary<string, double> Microseconds);

/// <summary>
/// The choice of rungs that was measured on a device, as JSON in the user's cache: <c>tuning/</c> and the device's
/// name.
/// </summary>
/// <param name="Device">The hardware's own name.</param>
/// <param name="Driver">Its driver with the version: another may compile otherwise.</param>
/// <param name="Ladder">The version of the ladder, <see cref="ProductLadder.Version"/>.</param>
/// <param name="Tuned">When.</param>
/// <param name="Products">The choice.</param>
internal sealed record TuningFile(
    string Device, string Driver, int Ladder, DateTimeOffset Tuned, IReadOnlyList<TuningEntry> Products)
{
    private const long LargestFile = 1 << 20;

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
    };

    /// <summary>Where the choice for a device is kept.</summary>
    /// <param name="device">Which.</param>
    /// <param name="folder">The folder; null for the user's cache.</param>
    public static string PathOf(AcceleratorInfo device, string? folder = null)
    {
        // The name for people to find it by, the hash because two names may have the same letters.
        var letters = string.Concat(
            device.Model.Select(c => char.IsAsciiLetterOrDigit(c) ? char.ToLowerInvariant(c) : '-'));
        var hash = Encoding.UTF8.GetBytes($"{device.Kind}\n{device.Model}").Aggregate(
            2166136261u, (h, b) => (h ^ b) * 16777619); // FNV-1a
        return Path.Combine(folder ?? Path.Combine(Downloader.CacheFolder, "tuning"),
            $"{letters[..Math.Min(60, letters.Length)].Trim('-')}-{hash:x8}.json");
    }

    /// <summary>What was measured, to be kept.</summary>
    public static TuningFile Create(AcceleratorInfo device, TuningResult result, DateTimeOffset now) =>
        new(device.Model, device.Driver ?? "", ProductLadder.Version, now,
        [.. result.Products.Select(p => new TuningEntry(ProductNames.NameOf(p.Case.Product), p.Size, p.Rung,
            p.Times.Where(t => t.Microseconds is not null).ToDictionary(
            t => t.Rung, t => Math.Round(t.Microseconds!.Value, 3))))]);

    /// <summary>Keeps it. Returns the path.</summary>
    /// <exception cref="UserErrorException">The cache cannot be written to.</exception>
    public string Save(AcceleratorInfo device, string? folder = null)
    {
        var path = PathOf(device, folder);
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException("The choice cannot be kept", where: path, found: e.Message,
                todo: "make that folder writable, or name another cache with XDG_CACHE_HOME", inner: e);
        }

        AtomicFile.RequireWritable(path);
        AtomicFile.Write(path, stream => JsonSerializer.Serialize(stream, this, Json));
        return path;
    }

    /// <summary>What is kept of a device, if it was measured with this driver and this ladder and is whole.</summary>
    /// <param name="device">Which.</param>
    /// <param name="notice">One line about a file that is there and cannot be used; else null.</param>
    /// <param name="folder">The folder; null for the user's cache.</param>
    public static TuningFile? Find(AcceleratorInfo device, out string? notice, string? folder = null)
    {
        var path = PathOf(device, folder);
        notice = null;
        try
        {
            if (!File.Exists(path))
            {
                return null;
            }

            using var stream = RegularFile.Open(path);
            var file = stream.Length <= LargestFile ? JsonSerializer.Deserialize<TuningFile>(stream, Json) : null;
            var fault = file is null || !file.IsWhole ? "it is damaged"
                : file.Device != device.Model ? $"it is of {file.Device}"
                : file.Driver != (device.Driver ?? "") ? $"it was measured with {file.Driver}"
                : file.Ladder != ProductLadder.Version ? "it was measured with other kernels"
                : null;
            notice = fault is null ? null : Ignored(path, fault);
            return fault is null ? file : null;
        }
        catch (Exception e) when (
            e is JsonException or IOException or UnauthorizedAccessException or NotSupportedException)
        {
            notice = Ignored(path, e is JsonException ? "it is damaged" : e.Message);
            return null;
        }
    }

    /// <summary>The rung of a product and a size.</summary>
    public string RungOf(ProductKind product, ResultSize size) =>
        Products.First(p => p.Product == ProductNames.NameOf(product) && p.Size == size).Rung;

    /// <summary>Why a file is not used, in one line.</summary>
    internal static string Ignored(string path, string fault) =>
        $"the products' tuning in {Plain.Text(path)} is not used: {Plain.Text(fault)}; devices --tune makes it anew";

    // Each product and size once, with a float32 rung.
    private bool IsWhole => Products.Count == Enum.GetValues<ProductKind>().Length * Enum.GetValues<ResultSize>().Length
        && Enum.GetValues<ProductKind>().All(product => Enum.GetValues<ResultSize>().All(size =>
            Products.Count(p => p is not null && p.Product == ProductNames.NameOf(product) && p.Size == size
                && ProductLadder.Names.Contains(p.Rung) && ProductNames.MathOf(p.Rung) == ProductMath.Full) == 1));
}
