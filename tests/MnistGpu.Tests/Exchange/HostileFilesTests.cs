using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Google.Protobuf;
using MnistGpu.Exchange;
using MnistGpu.Exchange.Onnx;
using MnistGpu.Model;
using MnistGpu.Tests.Support;

namespace MnistGpu.Tests.Exchange;

/// <summary>Files that were made to do harm: each is refused in words, soon, and in little memory.</summary>
public sealed class HostileFilesTests : IDisposable
{
    private const long Room = 64 << 20;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("W1.npy")]
    [InlineData("x/data.pkl")]
    public void AnArchiveThatUnpacksToGigabytesIsNotUnpacked(string entry)
    {
        using (var file = File.Create(folder.File("bomb")))
        using (var archive = new ZipArchive(file, ZipArchiveMode.Create))
        {
            using var stream = archive.CreateEntry(entry, CompressionLevel.SmallestSize).Open();
            var zeros = new byte[1 << 20];
            for (var i = 0; i < 300; i++)
            {
                stream.Write(zeros);
            }
        }

        Refused("unpacked", new FileInfo(folder.File("bomb")).Length);
    }

    /// <summary>What an entry unpacks to is bounded, so an entry may not be packed once more.</summary>
    [Fact]
    public void AnArrayInAnArchiveIsNotUnpackedTwice()
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            gzip.Write(Header("|u1", "100000000,"));
            var zeros = new byte[1 << 20];
            for (var left = 100_000_000; left > 0; left -= zeros.Length)
            {
                gzip.Write(zeros, 0, Math.Min(left, zeros.Length));
            }
        }

        Write("W1.npy", packed.ToArray());
        Refused("an array as NumPy writes it");
    }

    /// <summary>A byte in the file is a number of eight bytes here.</summary>
    [Fact]
    public void MoreNumbersThanANetworkHasAreNotMade()
    {
        const int Count = (int)NetworkShape.MaxParameters + 1;
        using (var file = File.Create(folder.File("bomb")))
        using (var archive = new ZipArchive(file, ZipArchiveMode.Create))
        {
            // Zeros shrink more than an archive of weights may: these bytes make up for them.
            using (var noise = archive.CreateEntry("noise", CompressionLevel.NoCompression).Open())
            {
                noise.Write(new byte[2 << 20]);
            }

            using var array = archive.CreateEntry("W1.npy", CompressionLevel.Fastest).Open();
            array.Write(Header("|u1", $"{Count},"));
            var zeros = new byte[1 << 20];
            for (var left = Count; left > 0; left -= zeros.Length)
            {
                array.Write(zeros, 0, Math.Min(left, zeros.Length));
            }
        }

        // The bytes are read, and copied into memory that grows with them; the numbers would be 8 bytes each.
        Refused("numbers in all", 5L * Count / 10);
    }

    [Fact]
    public void AnArrayThatClaimsToBeHugeIsNotMade()
    {
        Write("W1.npy", Header("<f8", "100000, 1000000"));
        Refused("more than the file can hold");
    }

    [Theory]
    [InlineData("cos\nsystem\n", "os.system")]
    [InlineData("cbuiltins\neval\n", "builtins.eval")]
    [InlineData("c__main__\nNet\n", "__main__.Net")]
    [InlineData("ctorch\nload\n", "torch.load")]
    [InlineData("\u008c\u0002os\u008c\u0005popen\u0093", "os.popen")]
    public void APickleThatNamesOtherThingsIsNotRun(string opcodes, string named)
    {
        Write("x/data.pkl", [0x80, 2, .. Encoding.Latin1.GetBytes(opcodes), .. "(X\u0001\0\0\0atR."u8]);
        Refused(named);
    }

    [Theory]
    [InlineData("X\u00ff\u00ff\u00ff\u007f")]
    [InlineData("h\u0001")]
    [InlineData("R")]
    [InlineData("t")]
    [InlineData("Q")]
    [InlineData("NNNs")]
    [InlineData("N(NNu")]
    [InlineData("NNa")]
    [InlineData("N(Ne")]
    [InlineData("N)R")]
    [InlineData("NNR")]
    [InlineData("NQ")]
    [InlineData("NN\u0093")]
    [InlineData("ctorch._utils\n_rebuild_tensor_v2\n((X\u0007\0\0\0storagectorch\nFloatStorage\nX\u0001\0\0\00N"
        + "K\u0001tQK\0N\u0085N\u0085tR")]
    public void APickleThatLiesIsRefused(string opcodes)
    {
        Write("x/data.pkl", [0x80, 2, .. Encoding.Latin1.GetBytes(opcodes), .. "."u8]);
        Refused("pickle of tensors");
    }

    /// <summary>A tuple that the memo keeps can be the shape of any number of tensors, at two bytes each.</summary>
    [Fact]
    public void ATensorOfThousandsOfDimensionsIsNotMade()
    {
        using var pickle = new MemoryStream();
        pickle.Write([0x80, 2, .. "("u8]);
        for (var i = 0; i < 100_000; i++)
        {
            pickle.Write("K\u0001"u8);
        }

        pickle.Write("tq\0ctorch._utils\n_rebuild_tensor_v2\nq\u0001"u8);
        pickle.Write("((X\u0007\0\0\0storagectorch\nFloatStorage\nX\u0001\0\0\00X\u0003\0\0\0cpuK\u0001tQ"u8);
        pickle.Write("K\0h\0h\0tq\u0002"u8);
        for (var i = 0; i < 1000; i++)
        {
            pickle.Write("h\u0001h\u0002R"u8);
        }

        pickle.Write("."u8);
        Write("x/data.pkl", pickle.ToArray());
        Refused("100,000 dimensions; at most 8");
    }

    [Fact]
    public void WeightsThatAGraphUsesTwiceAreNoSecondLayer()
    {
        var model = Square(out var gemm);
        var again = gemm.Clone();
        again.Input[0] = "a";
        again.Output[0] = "probabilities";
        gemm.Output[0] = "z";
        model.Graph.Node.Clear();
        model.Graph.Node.Add(gemm);
        model.Graph.Node.Add(new NodeProto { OpType = "Relu", Input = { "z" }, Output = { "a" } });
        model.Graph.Node.Add(again);
        File.WriteAllBytes(folder.File("bomb"), model.ToByteArray());
        Refused("weights of its own");
    }

    [Fact]
    public void AGraphThatGoesInACircleEnds()
    {
        var model = Square(out var gemm);
        model.Graph.Node.Clear();
        model.Graph.Node.Add(new NodeProto { OpType = "Relu", Input = { "b" }, Output = { "a" } });
        model.Graph.Node.Add(new NodeProto { OpType = "Identity", Input = { "a" }, Output = { "b" } });
        gemm.Output[0] = "b";
        model.Graph.Node.Add(gemm);
        File.WriteAllBytes(folder.File("bomb"), model.ToByteArray());
        Refused("a circle");
    }

    [Fact]
    public void AConstantMadeOfItselfIsNone()
    {
        var model = Square(out var gemm);
        gemm.Input[1] = "x";
        model.Graph.Node.Add(new NodeProto { OpType = "Identity", Input = { "y" }, Output = { "x" } });
        model.Graph.Node.Add(new NodeProto { OpType = "Identity", Input = { "x" }, Output = { "y" } });
        File.WriteAllBytes(folder.File("bomb"), model.ToByteArray());
        Refused("which is computed");
    }

    [Fact]
    public void ALinkInsteadOfASecondFileIsRefused()
    {
        File.Copy(ForeignFiles.Named("dynamo.onnx"), folder.File("bomb"));
        File.CreateSymbolicLink(folder.File("dynamo.onnx.data"), "/dev/zero");
        Refused("a link", name: "bomb.onnx");
    }

    [Fact]
    public void AnHdfFileWhoseGroupsHoldEachOtherEnds()
    {
        var bytes = File.ReadAllBytes(ForeignFiles.Named("keras3.weights.h5"));
        // The header of the root, at every place where another group's is named.
        var root = BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(64));
        for (var at = 0; at + 40 <= bytes.Length; at += 8)
        {
            if (bytes.AsSpan(at, 4).SequenceEqual("SNOD"u8))
            {
                BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(at + 16), root);
            }
        }

        File.WriteAllBytes(folder.File("bomb"), bytes);
        Refused("thousands of objects");
    }

    private static byte[] Header(string type, string shape)
    {
        var header = $"{{'descr': '{type}', 'fortran_order': False, 'shape': ({shape}), }}\n";
        return [0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0, .. Encoding.ASCII.GetBytes(header)];
    }

    /// <summary>A graph of one layer, 4-4, with logits.</summary>
    private static ModelProto Square(out NodeProto gemm)
    {
        var model = OnnxWriter.Create([Initialization.Draw(NetworkShape.Parse("4-4"), Start.He, 1)],
            new Dictionary<string, string>(), new OnnxOptions { TakesBytes = false });
        gemm = model.Graph.Node.Single(node => node.OpType == "Gemm");
        return model;
    }

    private void Write(string entry, byte[] content)
    {
        using var file = File.Create(folder.File("bomb"));
        using var archive = new ZipArchive(file, ZipArchiveMode.Create);
        using var stream = archive.CreateEntry(entry).Open();
        stream.Write(content);
    }

    private void Refused(string says, long length = 0, string name = "bomb")
    {
        if (name != "bomb")
        {
            File.Move(folder.File("bomb"), folder.File(name));
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        var e = Assert.Throws<UserErrorException>(() => ModelImport.Load(folder.File(name)));
        Assert.Contains(says, e.Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, Room + 10 * length);
    }
}
