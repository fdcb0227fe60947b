namespace MnistGpu.Files.Hdf;

/// <summary>An object of an HDF5 file as its header's messages describe it: a group, or an array.</summary>
internal sealed class HdfObject
{
    private const int Version2 = 2;

    private readonly byte[] bytes;
    private readonly Queue<(ulong At, ulong Length)> blocks = new();
    private readonly int flags;
    private readonly bool isNew;

    /// <summary>Reads the header at an address.</summary>
    /// <param name="bytes">The file.</param>
    /// <param name="address">Where the header is.</param>
    /// <param name="left">How many messages may still be read in all of the file: headers may share them.</param>
    public HdfObject(byte[] bytes, ulong address, ref int left)
    {
        this.bytes = bytes;
        isNew = new HdfBytes(bytes, address).Says("OHDR");
        var header = new HdfBytes(bytes, address);
        if (isNew)
        {
            header.Pass(4);
            Require(header.Byte() == Version2, "an object header of another version");
            flags = header.Byte();
            header.Pass(((flags & 0x20) != 0 ? 16 : 0) + ((flags & 0x10) != 0 ? 4 : 0));
            var size = header.Sized(flags);
            blocks.Enqueue(((ulong)header.Place, size));
        }
        else
        {
            Require(header.Byte() == 1, "an object header of another version");
            header.Pass(7);
            var size = header.Int();
            blocks.Enqueue(((ulong)header.Place + 4, size));
        }

        while (blocks.TryDequeue(out var block))
        {
            Read(block.At, block.Length, ref left);
        }
    }

    /// <summary>The messages' kinds and where their data begin.</summary>
    public List<(int Kind, ulong At, int Length)> Messages { get; } = [];

    /// <summary>Where the data of the first message of a kind begin; null for none.</summary>
    public HdfBytes? Find(int kind) => Messages.Find(message => message.Kind == kind) is { Length: > 0 } found
        ? new HdfBytes(bytes, found.At) : null;

    /// <exception cref="InvalidDataException">It is not so.</exception>
    public static void Require(bool isSo, string found)
    {
        if (!isSo)
        {
            throw new InvalidDataException(found);
        }
    }

    /// <summary>Reads, with what is thrown on a damaged file as one kind of exception.</summary>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    public static T Reading<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is ArgumentException or EndOfStreamException or OverflowException)
        {
            throw new InvalidDataException(e.Message, e);
        }
    }

    private void Read(ulong at, ulong length, ref int left)
    {
        const int Continuation = 0x10;
        var block = new HdfBytes(bytes, at);
        var head = isNew ? (flags & 4) != 0 ? 6 : 4 : 8;
        Require(length <= (ulong)bytes.Length, "a header longer than the file");
        var end = block.Place + (long)length;
        while (block.Place + head <= end)
        {
            Require(left-- > 0, "objects with thousands of messages");
            var kind = isNew ? block.Byte() : block.Short();
            var size = block.Short();
            block.Pass(head - (isNew ? 3 : 4));
            var place = block.Place;
            block.Pass(size);
            if (kind == Continuation)
            {
                var next = new HdfBytes(bytes, (ulong)place);
                var (address, count) = (next.Long(), next.Long());
                // Newer blocks have a signature before the messages and a checksum behind.
                blocks.Enqueue(isNew ? (address + 4, count - 8) : (address, count));
            }
            else
            {
                Messages.Add((kind, (ulong)place, size));
            }
        }
    }
}
