namespace MnistGpu.Ranks;

/// <summary>Another rank has failed, so that this one cannot go on. The other tells why.</summary>
internal sealed class RankLostException(Exception? inner = null)
    : Exception("Another rank has failed; this one cannot go on alone.", inner);
