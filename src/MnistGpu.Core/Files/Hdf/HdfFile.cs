using System.Text;
using static MnistGpu.Files.Hdf.HdfObject;

namespace MnistGpu.Files.Hdf;

/// <summary>
/// The arrays of numbers in an HDF5 file, as h5py and MATLAB write it (HDF5 File Format Specification 3.0). A reader of
/// our own, because it can bound what a hostile file makes it allocate.
/// </summary>
internal sealed class HdfFile
{
    private const int LinkInfoMessage = 2;
    private const int LinkMessage = 6;
    private const int AttributeMessage = 0xC;
    private const int TableMessage = 0x11;
    private const int Deepest = 10;
    private const int MostObjects = 4096;
    private const int LongestPath = 1000;

    // A model or a data set has hundreds.
    private const int MostMessages = 1 << 16;

    private readonly byte[] bytes;
    private int objects, left = MostMessages;

    private HdfFile(byte[] bytes) => this.bytes = bytes;

    /// <summary>Arrays by their path, for example dense/dense/kernel:0. Their numbers are not read yet.</summary>
    public List<(string Name, HdfDataset Data)> Arrays { get; } = [];

    /// <summary>The text of the attribute model_config, Keras 2's description of the layers; null for none.</summary>
    public string? Config { get; private set; }

    /// <summary>Whether a file's first bytes are HDF5's.</summary>
    public static bool IsHdf(ReadOnlySpan<byte> start) => start.StartsWith((byte[])[0x89, (byte)'H', (byte)'D',
        (byte)'F', (byte)'\r', (byte)'\n', 0x1a, (byte)'\n']);

    /// <summary>Lists all arrays of numbers.</summary>
    /// <param name="bytes">The file, without what another format puts before it.</param>
    /// <exception cref="InvalidDataException">It is damaged, or was written in a way that h5py does not choose by
    /// itself.</exception>
    public static HdfFile Read(byte[] bytes) => Reading(() =>
    {
        var hdf = new HdfFile(bytes);
        var root = new HdfObject(bytes, hdf.RootAddress(), ref hdf.left);
        hdf.Config = hdf.FindText(root, "model_config"u8);
        hdf.AddGroup(root, "", 0);
        return hdf;
    });

    private ulong RootAddress()
    {
        var start = new HdfBytes(bytes, 8);
        var version = start.Byte();
        Require(IsHdf(bytes) && version <= 3, "a superblock of another version");
        var place = version switch
        {
            0 => 64UL,
            1 => 68UL,
            _ => 36UL,
        };
        var sizes = new HdfBytes(bytes, version < 2 ? 13UL : 9);
        Require(sizes.Byte() == 8 && sizes.Byte() == 8, "addresses of other than 8 bytes");
        return new HdfBytes(bytes, place).Long();
    }

    private void Add(string name, ulong address, int depth)
    {
        Require(++objects <= MostObjects && depth <= Deepest, "thousands of objects");
        Require(name.Length <= LongestPath, "an object within hundreds of groups");
        var header = new HdfObject(bytes, address, ref left);
        if (HdfDataset.Find(bytes, header) is { } dataset)
        {
            Arrays.Add((name, dataset));
        }
        else
        {
            AddGroup(header, name + "/", depth + 1);
        }
    }

    private void AddGroup(HdfObject group, string prefix, int depth)
    {
        if (group.Find(TableMessage) is { } table)
        {
            var (tree, heap) = (table.Long(), new HdfBytes(bytes, table.Long()));
            Require(heap.Says("HEAP"), "a group without names");
            heap.Pass(20);
            AddTree(tree, heap.Long(), prefix, depth, Deepest);
        }

        if (group.Find(LinkInfoMessage) is { } info)
        {
            info.Pass(1);
            info.Pass((info.Byte() & 1) != 0 ? 8 : 0);
            Require(info.Long() == HdfBytes.Nowhere, "a group of many objects in a file made with libver='latest'");
        }

        foreach (var (_, at, _) in group.Messages.Where(message => message.Kind == LinkMessage))
        {
            var link = new HdfBytes(bytes, at);
            link.Pass(1);
            var flags = link.Byte();
            var isHard = (flags & 8) == 0 || link.Byte() == 0;
            link.Pass(((flags & 4) != 0 ? 8 : 0) + ((flags & 0x10) != 0 ? 1 : 0));
            var name = link.Name(link.Sized(flags));
            if (isHard)
            {
                Add(prefix + name, link.Long(), depth);
            }
        }
    }

    /// <summary>The older form of a group: a tree of nodes with names in a heap.</summary>
    private void AddTree(ulong address, ulong names, string prefix, int depth, int deepest)
    {
        var node = new HdfBytes(bytes, address);
        Require(node.Says("TREE") && node.Byte() == 0 && deepest > 0 && ++objects <= MostObjects, "no tree of names");
        var level = node.Byte();
        var entries = node.Short();
        node.Pass(16);
        for (var i = 0; i < entries; i++)
        {
            Require(left-- > 0, "thousands of groups");
            node.Pass(8);
            var child = node.Long();
            if (level > 0)
            {
                AddTree(child, names, prefix, depth, deepest - 1);
                continue;
            }

            var symbols = new HdfBytes(bytes, child);
            Require(symbols.Says("SNOD"), "no node of names");
            symbols.Pass(2);
            for (var count = symbols.Short(); count > 0; count--)
            {
                var name = new HdfBytes(bytes, checked(names + symbols.Long())).Name();
                var header = symbols.Long();
                symbols.Pass(24);
                Add(prefix + name, header, depth);
            }
        }
    }

    /// <summary>A text that an object carries beside its content; null for none of this name.</summary>
    private string? FindText(HdfObject header, ReadOnlySpan<byte> wanted)
    {
        foreach (var (_, at, _) in header.Messages.Where(message => message.Kind == AttributeMessage))
        {
            var attribute = new HdfBytes(bytes, at);
            var version = attribute.Byte();
            attribute.Pass(1);
            var (name, type, space) = (attribute.Short(), attribute.Short(), attribute.Short());
            attribute.Pass(version == 3 ? 1 : 0);
            // The first version pads its parts to multiples of eight.
            int Padded(int length) => version == 1 ? (length + 7) / 8 * 8 : length;
            var isWanted = attribute.Take(Padded(name)).TrimEnd((byte)0).SequenceEqual(wanted);
            var kind = new HdfBytes(bytes, (ulong)attribute.Place);
            attribute.Pass(Padded(type) + Padded(space));
            if (isWanted)
            {
                return Text(kind, attribute);
            }
        }

        return null;
    }

    private string? Text(HdfBytes type, HdfBytes data)
    {
        const int FixedText = 3;
        const int Variable = 9;
        var kind = type.Byte() & 0xF;
        type.Pass(3);
        var size = type.Int();
        if (kind == FixedText)
        {
            return Encoding.UTF8.GetString(data.Take((int)Math.Min(size, int.MaxValue))).TrimEnd('\0');
        }

        if (kind != Variable)
        {
            return null;
        }

        var length = data.Int();
        var heap = new HdfBytes(bytes, data.Long());
        var wanted = data.Int();
        Require(heap.Says("GCOL"), "a text without a place");
        heap.Pass(12);
        for (var tried = 0; tried <= ushort.MaxValue; tried++)
        {
            var index = heap.Short();
            heap.Pass(6);
            var bytesThere = heap.Long();
            if (index == wanted)
            {
                return Encoding.UTF8.GetString(heap.Take((int)Math.Min(length, int.MaxValue)));
            }

            heap.Pass((int)Math.Min((bytesThere + 7) / 8 * 8, int.MaxValue));
        }

        return null;
    }
}
