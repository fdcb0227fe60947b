using System.IO.Compression;
using System.Text;
using MnistGpu.Data;
using MnistGpu.Data.Formats;
using MnistGpu.Data.Sources;
using MnistGpu.Tests.Data;
using MnistGpu.Tests.Data.Formats;
using MnistGpu.Tests.Support;
using MnistGpu.Training;

namespace MnistGpu.Tests.Fuzz;

/// <summary>The formats of data sets.</summary>
internal sealed partial class FuzzReaders
{
    /// <summary>A file that is recognised by its content or its name.</summary>
    private FuzzReader Named(string name, byte[] valid) => new("", [valid], input =>
        Load(folder.Write(name, input)));

    private FuzzReader Npy(string type)
    {
        folder.Write("train_labels.npy", SmallFiles.Npy("|u1", [3], [0, 1, 2]));
        return new FuzzReader("", [SmallFiles.Npy(type, [3, 2, 2], new byte[12])], input =>
        {
            folder.Write("train_images.npy", input);
            Load(folder.Path);
        });
    }

    /// <summary>Files among the published ones, under a name that the format has.</summary>
    private FuzzReader Published(string name, string which) => new("", [.. Directory.GetFiles(Path.Combine(
        SourceTree.Root, "tests", "MnistGpu.Tests", "Data", "Formats", "files"), which, SearchOption.AllDirectories)
        .Order().Select(File.ReadAllBytes)], input => Load(folder.Write(name, input)));

    private FuzzReader Npz() => Named("mnist.npz", Zip(
        ("x_train.npy", SmallFiles.Npy("|u1", [3, 2, 2], new byte[12])),
        ("y_train.npy", SmallFiles.Npy("<i8", [3], [0, 1, 2]))));

    private static byte[] Zip(params (string Name, byte[] Bytes)[] files)
    {
        using var file = new MemoryStream();
        using (var archive = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, bytes) in files)
            {
                using var entry = archive.CreateEntry(name).Open();
                entry.Write(bytes);
            }
        }

        return file.ToArray();
    }

    private FuzzReader ClassesFile()
    {
        IdxWriter.Write(folder.Path, new DigitData(digits, null, "", null));
        return new FuzzReader("", [Encoding.UTF8.GetBytes(string.Join('\n', Enumerable.Range(0, 10)))], input =>
        {
            folder.Write("classes.txt", input);
            Load(folder.Path);
        });
    }

    private static FuzzReader ImagesOfAModel() => new("", [Encoding.UTF8.GetBytes("2x2x1\n[\"a\",\"b\"]")], input =>
    {
        var text = Encoding.UTF8.GetString(input).Split('\n', 2);
        ModelImages.Of("model", new Dictionary<string, string>
        {
            [ModelImages.SizeKey] = text[0],
            [ModelImages.ClassesKey] = text[^1],
        }, Shape);
    });

    private static void Load(string path) => DataSource.Load(path, new DataRequest(), CancellationToken.None);
}
