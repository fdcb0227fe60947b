using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using MnistGpu.Bench.Measuring;
using MnistGpu.Files;

namespace MnistGpu.Bench.Gpu.Running;

/// <summary>How far a piece is.</summary>
internal enum PieceState
{
    /// <summary>Its turn has not come.</summary>
    Waiting,

    /// <summary>It began; where the process is gone, it took it along.</summary>
    Running,

    /// <summary>It has its result.</summary>
    Done,

    /// <summary>It went wrong.</summary>
    Failed,

    /// <summary>It was left out, for a reason.</summary>
    NotRun,
}

/// <summary>A piece as it is written.</summary>
internal sealed record PieceRecord(string Name, PieceState State)
{
    /// <summary>How long it took.</summary>
    public double? Seconds { get; init; }

    /// <summary>Why it failed or was not run.</summary>
    public string? Note { get; init; }

    /// <summary>Whether it was left out only because there was too little time.</summary>
    public bool NeedsTime { get; init; }

    /// <summary>Whether it is to be done anew. Until then, what it has stands.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Again { get; init; }

    /// <summary>How it failed before it was begun anew; null where it did not.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public PieceRecord? Earlier { get; init; }

    /// <summary>Its rows of the table.</summary>
    public IReadOnlyList<string[]> Rows { get; init; } = [];

    /// <summary>Its figures in full precision.</summary>
    public JsonNode? Values { get; init; }

    /// <summary>Whether its turn is to come.</summary>
    [JsonIgnore]
    public bool IsToDo => Again || State == PieceState.Waiting;

    /// <summary>It as it begins.</summary>
    public PieceRecord Begin() => new(Name, PieceState.Running) { Earlier = Failure };

    /// <summary>
    /// What stands after an attempt: its outcome, but a failure stays until the piece is done, or fails anew.
    /// </summary>
    public PieceRecord After(PieceRecord outcome) =>
        outcome.State == PieceState.NotRun && Failure is { } failure ? failure : outcome;

    private PieceRecord? Failure => State == PieceState.Failed ? this with { Again = false } : Earlier;
}

/// <summary>A stage as it is written: one JSON file, replaced as a whole after each piece.</summary>
internal sealed record StageRecord(string Stage)
{
    private static readonly JsonSerializerOptions Json = new(Report.Json)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>The share of the time that it was given last, in seconds.</summary>
    public double ShareSeconds { get; init; }

    /// <summary>How long it took, all attempts together.</summary>
    public double Seconds { get; init; }

    /// <summary>What went wrong before its first piece.</summary>
    public string? Note { get; init; }

    /// <summary>Whether the note says only that there was too little time.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool NeedsTime { get; init; }

    /// <summary>Its pieces, in their order.</summary>
    public IReadOnlyList<PieceRecord> Pieces { get; init; } = [];

    /// <summary>Whether nothing of it is left to do, now or by --continue.</summary>
    [JsonIgnore]
    public bool IsComplete => Note is null && Pieces.Count > 0 && Pieces.All(piece => piece.State == PieceState.Done);

    /// <summary>Whether the stage itself or a piece of it went wrong.</summary>
    [JsonIgnore]
    public bool HasFailed => (Note is not null && !NeedsTime) || Count(PieceState.Failed) > 0;

    /// <summary>How many pieces are in a state.</summary>
    public int Count(PieceState state) => Pieces.Count(piece => piece.State == state);

    /// <summary>The piece of a name; null where there is none.</summary>
    public PieceRecord? Find(string name) => Pieces.FirstOrDefault(piece => piece.Name == name);

    /// <summary>With another record of a piece in its place.</summary>
    public StageRecord With(PieceRecord piece) =>
        this with { Pieces = [.. Pieces.Select(old => old.Name == piece.Name ? piece : old)] };

    /// <summary>What is in a folder of a stage; null for nothing.</summary>
    /// <exception cref="UserErrorException">The file cannot be read.</exception>
    public static StageRecord? Load(string folder, string stage)
    {
        var path = PathOf(folder, stage);
        try
        {
            return File.Exists(path) ? JsonSerializer.Deserialize<StageRecord>(File.ReadAllText(path), Json) : null;
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException("This result cannot be read", where: path, found: e.Message,
                expected: "a file that this command wrote", todo: "move it away, or name another folder", inner: e);
        }
    }

    /// <summary>Writes it whole or not at all.</summary>
    /// <exception cref="UserErrorException">It cannot be written; what was there stays.</exception>
    public void Save(string folder) =>
        AtomicFile.Write(PathOf(folder, Stage), stream => JsonSerializer.Serialize(stream, this, Json));

    /// <summary>A piece's figures as a JSON tree.</summary>
    public static JsonNode? Tree(object? values) => JsonSerializer.SerializeToNode(values, Json);

    /// <summary>A piece's figures as they were.</summary>
    public static T? Values<T>(PieceRecord? piece)
        where T : class => piece is { Values: { } values } ? values.Deserialize<T>(Json) : null;

    private static string PathOf(string folder, string stage) => Path.Combine(folder, stage + ".json");
}
