using MnistGpu.Files.Hdf;

namespace MnistGpu.Data.Formats;

/// <summary>
/// The arrays of MATLAB's version 7.3 (MathWorks, "MAT-File Versions"): an HDF5 file behind 512 bytes. HDF5's rows are
/// MATLAB's columns, so that the numbers lie as in version 5.
/// </summary>
internal static class MatHdf
{
    private const int Before = 512;

    /// <summary>Whether a file is of this version, by its first bytes.</summary>
    public static bool Is(ReadOnlySpan<byte> start) => start.StartsWith("MATLAB 7.3 MAT-file"u8);

    /// <summary>The arrays of numbers, which are not read yet.</summary>
    /// <exception cref="UserErrorException">The file is damaged.</exception>
    public static List<MatArray> Arrays(SourcePart part, byte[] bytes)
    {
        try
        {
            var hdf = HdfFile.Read(bytes[Math.Min(Before, bytes.Length)..]);
            return [.. hdf.Arrays.Where(array => array.Data.Shape.Length == 2)
                .Select(array => ArrayOf(part, array.Name, array.Data, bytes.Length))];
        }
        catch (InvalidDataException e)
        {
            throw Damaged(part, e);
        }
    }

    private static MatArray ArrayOf(SourcePart part, string name, HdfDataset data, long fileLength)
    {
        var length = data.Count * data.Size;
        if (length > Math.Min(MatReader.MostBytes, fileLength * Unpacked.MaxPacking))
        {
            throw MatReader.Damaged(part, "arrays that the file can hold",
                $"'{Plain.Text(name, 40)}' of {length} bytes");
        }

        return new MatArray(name, data.Shape[1], data.Shape[0], KindOf(data), (int)length, count =>
        {
            try
            {
                return data.ReadBytes()[..count];
            }
            catch (InvalidDataException e)
            {
                throw Damaged(part, e);
            }
        });
    }

    private static ElementKind KindOf(HdfDataset data) => (data.IsFloat, data.IsSigned, data.Size) switch
    {
        (true, _, 2) => ElementKind.Float16,
        (true, _, 4) => ElementKind.Float32,
        (true, _, _) => ElementKind.Float64,
        (_, false, 1) => ElementKind.UInt8,
        (_, false, 2) => ElementKind.UInt16,
        (_, false, 4) => ElementKind.UInt32,
        (_, false, _) => ElementKind.UInt64,
        (_, _, 1) => ElementKind.Int8,
        (_, _, 2) => ElementKind.Int16,
        (_, _, 4) => ElementKind.Int32,
        _ => ElementKind.Int64,
    };

    private static UserErrorException Damaged(SourcePart part, InvalidDataException e) =>
        MatReader.Damaged(part, "HDF5 as MATLAB writes it", e.Message);
}

/// <summary>An array of numbers in a MATLAB file that is not read yet.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Rows">Numbers one above the other.</param>
/// <param name="Columns">Numbers side by side.</param>
/// <param name="Kind">What the numbers are stored as.</param>
/// <param name="Length">Bytes of them.</param>
/// <param name="Take">Reads so many of these bytes, column by column.</param>
internal sealed record MatArray(string Name, int Rows, int Columns, ElementKind Kind, int Length,
    Func<int, byte[]> Take)
{
    /// <summary>Its first columns.</summary>
    public MatArray First(int columns) =>
        this with { Columns = columns, Length = (int)((long)Length / Columns * columns) };
}
