namespace MnistGpu.Program.Web;

/// <summary>
/// What one client may ask of the server. A page that is drawn on asks at most once per frame, 60 times a second, so the rate lets dozens of pages at one
/// address draw at once and stops only a program that never pauses.
/// </summary>
internal sealed record WebLimits
{
    /// <summary>Requests to /api per second and address, in the long run.</summary>
    public int RequestsPerSecond { get; init; } = 2000;

    /// <summary>Requests to /api that an address may send at once after a pause.</summary>
    public int Burst { get; init; } = 4000;

    /// <summary>Connections open at once, from all addresses.</summary>
    public int Connections { get; init; } = 1000;

    /// <summary>The longest body that holds numbers: 784 of them, generously written.</summary>
    public int NumbersBytes { get; init; } = 64 << 10;

    /// <summary>The longest body that holds a picture: what a phone's camera makes of a page.</summary>
    public int PictureBytes { get; init; } = 8 << 20;

    /// <summary>The largest picture that is decoded.</summary>
    public long PicturePixels { get; init; } = 24 << 20;

    /// <summary>Bytes of bodies held at once, from all clients.</summary>
    public long HeldBytes { get; init; } = 128 << 20;
}
