using System.IO.Compression;
using System.Text;
using Microsoft.AspNetCore.Http;
using MnistGpu.Data;
using MnistGpu.Data.Formats;
using MnistGpu.Data.Pictures;
using MnistGpu.Data.Sources;
using MnistGpu.Data.Synthetic;
using MnistGpu.Exchange;
using MnistGpu.Exchange.Layers;
using MnistGpu.Exchange.Torch;
using MnistGpu.Files;
using MnistGpu.Gpu.Tuning;
using MnistGpu.Model;
using MnistGpu.Program.Commands.Train;
using MnistGpu.Program.Jobs;
using MnistGpu.Program.Settings;
using MnistGpu.Program.Web;
using MnistGpu.Tests.Data;
using MnistGpu.Tests.Exchange;
using MnistGpu.Tests.Gpu.Tuning;
using MnistGpu.Tests.Support;
using MnistGpu.Training;
using StbImageWriteSharp;

namespace MnistGpu.Tests.Fuzz;

/// <summary>The readers, with small valid inputs. A format that is added gets its line here.</summary>
internal sealed partial class FuzzReaders
{
    // What a picture's header claims is decoded up to here, whatever the file holds.
    private const long PicturePixels = 1 << 20;

    private static readonly NetworkShape Shape = NetworkShape.Parse("4-3-2");
    private static readonly Dictionary<string, Func<FuzzReaders, FuzzReader>> All = new()
    {
        ["idx images"] = readers => readers.Idx(isPacked: false),
        ["idx images, packed"] = readers => readers.Idx(isPacked: true),
        ["idx labels"] = readers => readers.Labels(),
        ["csv"] = readers => readers.Csv(),
        ["csv of floats"] = readers => readers.Named("train.csv", Encoding.ASCII.GetBytes(
            "label;1x1;1x2;2x1;2x2\n\"a\";0,5;0;1;0\nb;0;1;0;0,25\n")),
        ["arff"] = readers => readers.Named("a.arff", Encoding.ASCII.GetBytes("@relation a\n@attribute p1 real\n"
            + "@attribute p2 real\n@attribute p3 real\n@attribute p4 real\n@attribute class {0,1}\n@data\n"
            + "1,2,3,4,0\n5,6,7,8,1\n")),
        ["npy"] = readers => readers.Npy("|u1"),
        ["npy of floats"] = readers => readers.Npy("<f4"),
        ["npz"] = readers => readers.Npz(),
        ["zip of pictures"] = readers => readers.Named("pictures.zip", Zip(("a/1.png", Png()), ("b/1.png", Png()))),
        ["mat"] = readers => readers.Published("m.mat", "mnist-original.mat"),
        ["mat 7.3"] = readers => readers.Published("m.mat", "*-7.3.mat"),
        ["parquet"] = readers => readers.Published("train.parquet", "*.parquet"),
        ["cifar"] = readers => readers.Named("data_batch_1.bin", new byte[2 * 3073]),
        ["classes' names"] = readers => readers.ClassesFile(),
        ["images of a model"] = readers => ImagesOfAModel(),
        ["png"] = readers => Picture("png", writer => (file, gray, side) =>
            writer.WritePng(gray, side, side, ColorComponents.Grey, file)),
        ["jpeg"] = readers => Picture("jpeg", writer => (file, gray, side) =>
            writer.WriteJpg(gray, side, side, ColorComponents.Grey, file, 90)),
        ["bmp"] = readers => Picture("bmp", writer => (file, gray, side) =>
            writer.WriteBmp(gray, side, side, ColorComponents.Grey, file)),
        ["safetensors"] = readers => readers.Model(),
        ["safetensors of others"] = readers => readers.Foreign("torch-norm.safetensors", "torch-net-f16.safetensors"),
        ["onnx"] = readers => readers.Foreign("torch-norm.onnx", "keras2onnx.onnx", "normalized-inside.onnx",
            "torch-sigmoid.onnx"),
        ["npz of weights"] = readers => readers.Foreign("numpy.npz", "numpy-transposed.npz"),
        ["pytorch"] = readers => readers.Foreign("torch-net.pt", "torch-checkpoint.pt"),
        ["state pickle"] = readers => StatePickles(),
        ["hdf5"] = readers => readers.Foreign("keras3.weights.h5", "keras2.h5", "keras3-packed.weights.h5",
            "keras3-latest.weights.h5"),
        ["keras"] = readers => readers.Foreign("keras3.keras"),
        ["checkpoint"] = readers => readers.WholeCheckpoint(),
        ["checkpoint behind its hash"] = readers => readers.CheckpointText(),
        ["manifest"] = readers => Manifest(),
        ["tuning file"] = readers => readers.Tuning(),
        ["numbers over http"] = readers => Body("application/json", Encoding.UTF8.GetBytes(
            $"{{\"pixels\":[{string.Join(',', Enumerable.Range(0, 784).Select(i => i % 256))}]}}")),
        ["drawing over http"] = readers => Body("application/octet-stream", Ink(28)),
        ["picture over http"] = readers => Body("image/png", Png()),
        ["options"] = readers => Options(),
    };

    private readonly TemporaryFolder folder;
    private readonly DigitSet digits = SyntheticDigits.Draw(5, 1, SyntheticPart.Train, CancellationToken.None);

    private FuzzReaders(TemporaryFolder folder) => this.folder = folder;

    public static IEnumerable<string> Names => All.Keys;

    public static FuzzReader Named(string name, TemporaryFolder folder) => All[name](new FuzzReaders(folder));

    private FuzzReader Idx(bool isPacked)
    {
        IdxWriter.Write(folder.Path, new DigitData(digits, null, "", null));
        byte[][] valid = [File.ReadAllBytes(folder.File("train-images-idx3-ubyte"))];
        return new FuzzReader("", isPacked ? [.. valid.Select(Pack)] : valid, input => IdxReader.Read(
            folder.Write("images", input), folder.File("train-labels-idx1-ubyte")));
    }

    private FuzzReader Labels()
    {
        IdxWriter.Write(folder.Path, new DigitData(digits, null, "", null));
        var valid = File.ReadAllBytes(folder.File("train-labels-idx1-ubyte"));
        return new FuzzReader("", [valid, Pack(valid)], input => IdxReader.Read(
            folder.File("train-images-idx3-ubyte"), folder.Write("labels", input)));
    }

    private FuzzReader Csv()
    {
        var text = new StringBuilder("label").AppendJoin("", Enumerable.Range(0, 784).Select(i => $",pixel{i}"));
        for (var i = 0; i < 2; i++)
        {
            text.Append('\n').Append(digits.Labels.Span[i]).AppendJoin("", digits.Image(i).ToArray()
                .Select(pixel => $",{pixel}"));
        }

        return new FuzzReader("", [Encoding.UTF8.GetBytes($"{text}\n")], input =>
            CsvReader.Read(folder.Write("train.csv", input)));
    }

    private static FuzzReader Picture(string name, Func<ImageWriter, Action<Stream, byte[], int>> write)
    {
        byte[] Encoded(int side)
        {
            using var file = new MemoryStream();
            write(new ImageWriter())(file, Ink(side), side);
            return file.ToArray();
        }

        return new FuzzReader(name, [Encoded(28), Encoded(41)], input =>
            HandwrittenImage.Decode(input, name, PicturePixels));
    }

    /// <summary>A stroke down the middle, dark on light.</summary>
    private static byte[] Ink(int side)
    {
        var gray = new byte[side * side];
        gray.AsSpan().Fill(255);
        for (var y = side / 4; y < side * 3 / 4; y++)
        {
            gray.AsSpan(y * side + side / 2, side / 8 + 1).Clear();
        }

        return gray;
    }

    private static byte[] Png()
    {
        using var file = new MemoryStream();
        new ImageWriter().WritePng(Ink(41), 41, 41, ColorComponents.Grey, file);
        return file.ToArray();
    }

    private FuzzReader Model()
    {
        var path = folder.File("m");
        ModelFile.Save(path, Initialization.Draw(Shape, Start.He, 1), asDouble: false,
            new Dictionary<string, string> { ["data"] = "digits" });
        // Without its hash, so that what lies behind it is reached.
        var plain = Encoding.Latin1.GetString(File.ReadAllBytes(path)).Replace("sha256_file", "sha256_none",
            StringComparison.Ordinal).Replace("mnistgpu-2", "pt        ", StringComparison.Ordinal);
        return new FuzzReader("", [Encoding.Latin1.GetBytes(plain)], input => ModelFile.Load(folder.Write("m", input)));
    }

    private FuzzReader Foreign(params string[] names) => new("",
        [.. names.Select(name => File.ReadAllBytes(ForeignFiles.Named(name)))],
        input => ModelImport.Load(folder.Write("foreign", input)));

    /// <summary>The pickle alone: in its archive, nearly every change is one of a checksum.</summary>
    private static FuzzReader StatePickles()
    {
        byte[] Pickle(string name)
        {
            using var archive = ZipContent.Open(name, File.OpenRead(ForeignFiles.Named(name)));
            return archive.Read(TorchFile.FindRoot(archive) + "/data.pkl");
        }

        return new FuzzReader("", [Pickle("torch-net.pt"), Pickle("torch-checkpoint.pt")],
            input => StatePickle.Read("pickle", input));
    }

    private FuzzReader WholeCheckpoint() => new("", [SavedCheckpoint()], input =>
        Checkpoint.Load(folder.Write("c", input)));

    /// <summary>The metadata are damaged, and the hash is right again.</summary>
    private FuzzReader CheckpointText()
    {
        folder.Write("whole", SavedCheckpoint());
        var file = Safetensors.Read(folder.File("whole"));
        var text = string.Join('\0', file.Metadata.Where(pair => pair.Key is not ("sha256_file" or "format"))
            .Select(pair => $"{pair.Key}\u0001{pair.Value}"));
        // One for all inputs: to make its options takes longer than to read them.
        var command = TrainCommand.Create();
        return new FuzzReader("", [Encoding.UTF8.GetBytes(text)], input =>
        {
            var metadata = new Dictionary<string, string>();
            foreach (var pair in Encoding.UTF8.GetString(input).Split('\0').Select(line => line.Split('\u0001', 2)))
            {
                metadata[pair[0]] = pair[^1];
            }

            Safetensors.Write(folder.File("c"), [.. file.Tensors.Values], metadata, asDouble: true);
            TrainReader.Read(command, command.Parse(["--resume", folder.File("c")], TrainArguments.Parsing));
        });
    }

    private byte[] SavedCheckpoint()
    {
        var command = TrainCommand.Create();
        var request = TrainReader.Read(command, command.Parse(["--data", "synthetic", "--batch", "5", "--save", "m"]));
        using var engine = new Reference.ReferenceEngine(Shape);
        var state = Initialization.Draw(Shape, Start.He, 1);
        state.Moments = new Moments(Shape, MomentKind.Velocity) { Steps = 3 };
        var position = new TrainingPosition
        {
            Step = 20,
            Row = new Totals(5, 1.5, 2),
            Best = Initialization.Draw(Shape, Start.He, 2),
            History = [new EpochRow(1, 10, 2.5, 0.1, 0.25, 0.01, 1000)],
        };
        Checkpoint.Save(folder.File("saved"), state, position, asDouble: true,
            TrainMetadata.OptionsOn(engine, request));
        return File.ReadAllBytes(folder.File("saved"));
    }

    private static FuzzReader Manifest()
    {
        using var stream = typeof(DataManifest).Assembly.GetManifestResourceStream("MnistGpu.Data.manifest.json")!;
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return new FuzzReader("", [bytes.ToArray()], input => DataManifest.Parse(input));
    }

    private FuzzReader Tuning()
    {
        var info = TuningFileTests.Info;
        TuningFileTests.Choice(info).Save(info, folder.Path);
        var path = TuningFile.PathOf(info, folder.Path);
        return new FuzzReader("", [File.ReadAllBytes(path)], input =>
        {
            File.WriteAllBytes(path, input);
            // Never an exception: a file that is no good is passed over with a notice.
            if (TuningFile.Find(info, out var notice, folder.Path) is null)
            {
                throw new UserErrorException(notice!);
            }
        });
    }

    private static FuzzReader Body(string type, byte[] body)
    {
        var limits = new WebLimits();
        var reader = new ImageReader(limits, Mnist.Shape, isDark: false);
        return new FuzzReader("", [body], input =>
        {
            var context = new DefaultHttpContext();
            context.Request.ContentType = type;
            context.Request.Body = new MemoryStream(input);
            context.Request.QueryString = new QueryString("?width=28");
            var read = type == "application/octet-stream" ? reader.DrawingOrPicture(context)
                : reader.NumbersOrPicture(context);
            read.GetAwaiter().GetResult();
        });
    }

    private static FuzzReader Options()
    {
        var command = TrainCommand.Create();
        string[] valid = ["--network\n784-32-10\n--rate\n0.5\n--batch\n50\n--deform\nshift=1,rotate=10\n--live=0",
            "--preset\nquick\n--epochs\n3\n--final-rate\n0.001\n--schedule\nexponential\n--seed\n7\n--dropout\n0.2"];
        return new FuzzReader("", [.. valid.Select(Encoding.UTF8.GetBytes)], input =>
        {
            var parsed = command.Parse(Encoding.UTF8.GetString(input).Split('\n'), TrainArguments.Parsing);
            if (parsed.Errors.Count > 0)
            {
                throw new UserErrorException(parsed.Errors[0].Message);
            }

            TrainReader.Read(command, parsed);
        });
    }

    private static byte[] Pack(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var stream = new GZipStream(packed, CompressionLevel.Fastest))
        {
            stream.Write(bytes);
        }

        return packed.ToArray();
    }
}
