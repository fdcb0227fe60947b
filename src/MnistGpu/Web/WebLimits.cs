namespace MnistGpu.Program.Web;

/// <summary>
/// What one client may ask of the server. A page that is drawn on asks at most once per frame, 60 times a second, so
/// the rate lets dozens of pages at one address draw at once and stops only a program that never pauses.
/// </summary>
internal sealed record WebLimits
{
    /// <summary>Requests to /api per second and address, in the long run.</summary>
    public int RequestsPerSecond { get; init; } = 2000;

    /// <summary>Requests to /api that an address may send at once after a pause.</summary>
    public int Burst { get; init; } = 4000;

    /// <summary>Connections open at once, from all addresses.</summary>
    public int Connections { get; init; } = 1000;

    /// <summary>
    /// Connections open at once from one address: a browser opens six to a page, and a program that opens all there are
    /// would lock everybody out.
    /// </summary>
    public int ConnectionsPerAddress { get; init; } = 256;

    /// <summary>How long a connection may be open without a request.</summary>
    public TimeSpan IdleTime { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>The longest body that holds numbers: 784 of them, generously written.</summary>
    public int NumbersBytes { get; init; } = 64 << 10;

    /// <summary>The longest body that holds a picture: what a phone's camera makes of a page.</summary>
    public int PictureBytes { get; init; } = 8 << 20;

    /// <summary>The largest picture that is decoded.</summary>
    public long PicturePixels { get; init; } = 24 << 20;

    /// <summary>
    /// The longest that a body may take to come: a picture of the longest kind then comes at a megabit a second.
    /// </summary>
    public TimeSpan BodyTime { get; init; } = TimeSpan.FromSeconds(80);

    /// <summary>Memory for pictures that come or wait for a decoder, in bytes, from all clients.</summary>
    public long HeldPictureBytes { get; init; } = 128 << 20;

    /// <summary>
    /// Memory for numbers and drawings that come, in bytes, from all clients: every connection may send one of the
    /// usual size.
    /// </summary>
    public long HeldOtherBytes { get; init; } = 32 << 20;

    /// <summary>
    /// Pictures decoded at once: each takes many times its file's bytes, up to a dozen for each of its pixels.
    /// </summary>
    public int Decoders { get; init; } = 2;
}
