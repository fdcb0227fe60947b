using System.Text;

namespace MnistGpu.Tests.Data.Formats;

/// <summary>A column of a Parquet file of one group of rows.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">6 for bytes, 2 for numbers of eight bytes.</param>
/// <param name="Codec">0 for plain pages, 2 for gzip.</param>
/// <param name="Pages">The pages with their headers.</param>
internal sealed record SmallColumn(string Name, int Type, int Codec, byte[] Pages)
{
    /// <summary>What the file says of their length; null for the truth.</summary>
    public long? Length { get; init; }
}

/// <summary>Parquet files as small as they can be (github.com/apache/parquet-format), right or wrong.</summary>
internal static class SmallParquet
{
    private const int I32 = 5, I64 = 6, Binary = 8, List = 9, Struct = 12;

    public static byte[] Of(int rows, params SmallColumn[] columns)
    {
        List<byte> file = [.. "PAR1"u8];
        var chunks = new List<byte[]>();
        foreach (var column in columns)
        {
            chunks.Add(Fields((2, I64, Number(file.Count)), (3, Struct, Fields((4, I32, Number(column.Codec)),
                (5, I64, Number(rows)), (7, I64, Number(column.Length ?? column.Pages.Length)),
                (9, I64, Number(file.Count))))));
            file.AddRange(column.Pages);
        }

        byte[][] schema = [Fields((4, Binary, Text("schema")), (5, I32, Number(columns.Length))),
            .. columns.Select(column => Fields((1, I32, Number(column.Type)), (3, I32, Number(0)),
                (4, Binary, Text(column.Name))))];
        var footer = Fields((2, List, Items(schema)), (3, I64, Number(rows)),
            (4, List, Items(Fields((1, List, Items([.. chunks]))))));
        return [.. file, .. footer, .. BitConverter.GetBytes(footer.Length), .. "PAR1"u8];
    }

    /// <summary>Texts, or whole files, as a column of plain values.</summary>
    public static SmallColumn Texts(string name, IEnumerable<byte[]> texts) =>
        new(name, 6, 0, Page(0, texts.Count(), Plain(texts)));

    /// <summary>A text for all rows, which stands in the file once.</summary>
    public static SmallColumn OneText(string name, byte[] text, int rows) => new(name, 6, 0,
        [.. Page(2, 1, Plain([text])), .. Page(0, rows, [1, .. Varint((ulong)rows << 1), 0], encoding: 8)]);

    /// <summary>Numbers as a column of plain values.</summary>
    public static SmallColumn Numbers(string name, params long[] numbers) =>
        new(name, 2, 0, Page(0, numbers.Length, [.. numbers.SelectMany(BitConverter.GetBytes)]));

    /// <summary>A page: 0 for values, 2 for a dictionary.</summary>
    public static byte[] Page(int kind, int values, byte[] packed, int encoding = 0, int? unpacked = null) =>
    [
        .. Fields((1, I32, Number(kind)), (2, I32, Number(unpacked ?? packed.Length)), (3, I32, Number(packed.Length)),
            (kind == 2 ? 7 : 5, Struct, Fields((1, I32, Number(values)), (2, I32, Number(encoding))))),
        .. packed,
    ];

    private static byte[] Plain(IEnumerable<byte[]> texts) =>
        [.. texts.SelectMany(text => (byte[])[.. BitConverter.GetBytes(text.Length), .. text])];

    private static byte[] Fields(params (int Id, int Type, byte[] Value)[] fields)
    {
        var (bytes, last) = (new List<byte>(), 0);
        foreach (var (id, type, value) in fields)
        {
            bytes.Add((byte)((id - last) << 4 | type));
            bytes.AddRange(value);
            last = id;
        }

        return [.. bytes, 0];
    }

    private static byte[] Items(params byte[][] structures) =>
        [0xF0 | Struct, .. Varint((ulong)structures.Length), .. structures.SelectMany(one => one)];

    private static byte[] Text(string text) => [.. Varint((ulong)text.Length), .. Encoding.ASCII.GetBytes(text)];

    private static byte[] Number(long value) => Varint((ulong)(value << 1 ^ value >> 63));

    private static byte[] Varint(ulong value)
    {
        var bytes = new List<byte>();
        for (; value >= 0x80; value >>= 7)
        {
            bytes.Add((byte)(value | 0x80));
        }

        return [.. bytes, (byte)value];
    }
}
