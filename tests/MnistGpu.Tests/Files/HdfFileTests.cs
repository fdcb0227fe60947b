using System.Text;
using MnistGpu.Files.Hdf;

namespace MnistGpu.Tests.Files;

/// <summary>HDF5 files as small as they can be (HDF5 File Format Specification 3.0), right or wrong.</summary>
public sealed class HdfFileTests
{
    private const int Start = 96, Link = 6, Fill = 5;

    /// <summary>A file: the root's messages first, then parts, whose places the messages may name.</summary>
    private static byte[] Of(byte[] root, params byte[][] parts)
    {
        var head = new byte[Start];
        ((byte[])[0x89, .. "HDF\r\n"u8, 0x1A, 0x0A]).CopyTo(head, 0);
        (head[13], head[14], head[64]) = (8, 8, Start);
        return [.. head, .. root, .. parts.SelectMany(part => part)];
    }

    private static byte[] Header(params byte[][] messages)
    {
        var all = messages.SelectMany(message => message).ToArray();
        return [1, 0, 0, 0, 0, 0, 0, 0, .. BitConverter.GetBytes(all.Length), 0, 0, 0, 0, .. all];
    }

    private static byte[] Message(int kind, params byte[] data) =>
        [(byte)kind, 0, .. BitConverter.GetBytes((ushort)data.Length), 0, 0, 0, 0, .. data];

    private static byte[] LinkTo(string name, long address) => Message(Link,
        [1, 1, .. BitConverter.GetBytes((ushort)name.Length), .. Encoding.ASCII.GetBytes(name),
            .. BitConverter.GetBytes(address)]);

    private static byte[] Long(params long[] values) => [.. values.SelectMany(BitConverter.GetBytes)];

    private static byte[] Int(params int[] values) => [.. values.SelectMany(BitConverter.GetBytes)];

    /// <summary>Four bytes in chunks of two, of which the file has the second: [2, 3].</summary>
    private static byte[] Chunked(int packed = 2, int mask = 0, bool isDeflatedTwice = false, byte[]? fill = null,
        long length = 4)
    {
        var root = Header(LinkTo("a", Start + Header(LinkTo("a", 0)).Length));
        byte[] filter = [1, 0, 0, 0, 0, 0, 0, 0];
        byte[] Array(long tree) => Header(Message(1, [1, 1, 0, 0, 0, 0, 0, 0, .. Long(length)]),
            Message(3, [0x10, 0, 0, 0, .. Int(1)]), Message(8, [3, 2, 2, .. Long(tree), .. Int(2, 1)]),
            Message(Fill, [2, 0, 0, 1, .. Int(fill?.Length ?? 0), .. fill ?? []]),
            isDeflatedTwice ? Message(0xB, [1, 2, 0, 0, 0, 0, 0, 0, .. filter, .. filter]) : Message(0));
        var tree = Start + root.Length + Array(0).Length;
        byte[] Tree(long chunk) => [.. "TREE"u8, 1, 0, 1, 0, .. Long(0, 0), .. Int(packed, mask), .. Long(2, 0, chunk)];
        return Of(root, Array(tree), Tree(tree + Tree(0).Length), [2, 3, 9, 9]);
    }

    private static byte[] ReadOnly(byte[] file) => Assert.Single(HdfFile.Read(file).Arrays).Data.ReadBytes();

    private static void Refused(string says, Action read) =>
        Assert.Contains(says, Assert.Throws<InvalidDataException>(read).Message, StringComparison.Ordinal);

    [Fact]
    public void WhatNobodyWroteHasTheFillValue()
    {
        Assert.Equal((byte[])[0, 0, 2, 3], ReadOnly(Chunked()));
        Assert.Equal((byte[])[7, 7, 2, 3], ReadOnly(Chunked(fill: [7])));
        Refused("a fill value of another type", () => ReadOnly(Chunked(fill: [7, 0])));
    }

    [Fact]
    public void AChunkIsAsLongAndAsPackedAsTheOthers()
    {
        Refused("another length", () => ReadOnly(Chunked(packed: 4)));
        Refused("some filters pass over", () => ReadOnly(Chunked(mask: 1)));
        Refused("used twice", () => ReadOnly(Chunked(isDeflatedTwice: true)));
    }

    [Fact]
    public void AnArrayThatHasNoRoomIsRefusedAsTheFileIs() =>
        Refused("an array of", () => ReadOnly(Chunked(length: int.MaxValue)));

    [Fact]
    public void NamesAndPathsHaveBounds()
    {
        var array = ReadOnly(Chunked());
        Assert.NotEmpty(array);
        Refused("a name of thousands", () => HdfFile.Read(Of(Header(LinkTo(new string('a', 1001), Start)))));
        // Each name is short, and the root is in itself.
        Refused("hundreds of groups", () => HdfFile.Read(Of(Header(LinkTo(new string('a', 200), Start)))));
    }

    /// <summary>A header of thousands of messages that is each of thousands of objects.</summary>
    [Fact]
    public void ObjectsThatShareAHeaderCountItsMessagesEach()
    {
        const int Objects = 1000, Messages = 1000;
        var links = Enumerable.Range(0, Objects).Select(i => $"{i:0000}").ToArray();
        var length = Header([.. links.Select(name => LinkTo(name, 0))]).Length;
        Refused("thousands of messages", () => HdfFile.Read(Of(Header([.. links.Select(name => LinkTo(name, Start
            + length))]), Header([.. Enumerable.Repeat(Message(0), Messages)]))));
    }

    /// <summary>A group whose tree names an empty node thousands of times, in each of many nodes.</summary>
    [Fact]
    public void EntriesOfATreeAreCounted()
    {
        const int Nodes = 4, Entries = 30_000;
        var root = Header(Message(0x11, Long(0, 0)));
        long heap = Start + root.Length, top = heap + 32, node = top + 24 + Nodes * 16, symbols = node + 24
            + Entries * 16;
        root = Header(Message(0x11, Long(top, heap)));
        byte[] Tree(int level, long child, int entries) => [.. "TREE"u8, 0, (byte)level,
            .. BitConverter.GetBytes((ushort)entries), .. Long(0, 0),
            .. Enumerable.Repeat(Long(0, child), entries).SelectMany(entry => entry)];
        Refused("thousands of groups", () => HdfFile.Read(Of(root, [.. "HEAP"u8, .. new byte[28]],
            Tree(1, node, Nodes), Tree(0, symbols, Entries), [.. "SNOD"u8, 1, 0, 0, 0])));
    }
}
