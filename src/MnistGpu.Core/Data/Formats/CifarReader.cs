using System.Text.RegularExpressions;

namespace MnistGpu.Data.Formats;

/// <summary>
/// Reads CIFAR-10's and CIFAR-100's binary version (www.cs.toronto.edu/~kriz/cifar.html): for each image its label in
/// one byte, of CIFAR-100 two with the finer second, then 1,024 bytes of red, green and blue each, row by row.
/// </summary>
internal static partial class CifarReader
{
    private const int Side = 32;
    private const int Plane = Side * Side;

    /// <summary>Whether a file is CIFAR's: nothing in it says so, but its name does.</summary>
    public static bool IsCifar(byte[] start, string name) => Name().IsMatch(name) && start.Length > 0;

    /// <summary>Reads a file.</summary>
    /// <exception cref="UserErrorException">It cannot be read, or its length is no whole number of images.</exception>
    public static RawSet Read(SourcePart part, ReadAs options, ReadLog log, int most) =>
        SourcePart.Reading(part.Path, () =>
    {
        using var file = part.Open();
        var labelBytes = part.Name.Contains("_batch", StringComparison.Ordinal) ? 1 : 2;
        var record = labelBytes + 3 * Plane;
        var room = Math.Min(file.Room, Array.MaxLength);
        var bytes = file.Read(room, room);
        var count = bytes.Length / record;
        if (count == 0 || bytes.Length != count * record || file.Stream.ReadByte() >= 0)
        {
            throw new UserErrorException("This is no file of CIFAR's", where: part.Path,
                expected: $"a whole number of records of {record:N0} bytes", found: $"{bytes.Length:N0} bytes",
                todo: "get the file again");
        }

        var kept = Math.Min(count, most);
        var pixels = new byte[kept * 3 * Plane];
        var labels = new int[count];
        for (var j = 0; j < count; j++)
        {
            labels[j] = bytes[j * record + labelBytes - 1];
            for (var i = 0; i < Plane && j < kept; i++)
            {
                for (var c = 0; c < 3; c++)
                {
                    pixels[(j * Plane + i) * 3 + c] = bytes[j * record + labelBytes + c * Plane + i];
                }
            }
        }

        return new RawSet(Side, Side, 3, pixels, new RawLabels(labels), part.Path);
    });

    [GeneratedRegex(@"^(?:(?:data|test)_batch(?:_\d)?|train|test)\.bin$")]
    private static partial Regex Name();
}
