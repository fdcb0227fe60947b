using System.Buffers.Text;

namespace MnistGpu.Data.Formats;

/// <summary>Cells of a line of a table.</summary>
internal static class CsvCell
{
    /// <summary>The next cell, trimmed and without quotes; the rest begins behind its separator.</summary>
    public static ReadOnlySpan<byte> Next(ref ReadOnlySpan<byte> rest, byte separator, out bool isLast)
    {
        rest = separator == ' ' ? rest.TrimStart(" \t"u8) : rest;
        var quote = rest.TrimStart((byte)' ') is [(byte)'"' or (byte)'\'', ..] quoted ? quoted[0] : (byte)0;
        var from = quote == 0 ? 0 : rest.IndexOf(quote) + 1;
        var close = quote == 0 ? 0 : rest[from..].IndexOf(quote);
        var start = quote == 0 || close < 0 ? 0 : from + close + 1;
        var end = rest[start..].IndexOf(separator);
        var cell = end < 0 ? rest : rest[..(start + end)];
        rest = end < 0 ? [] : rest[(start + end + 1)..];
        rest = separator == ' ' ? rest.TrimStart(" \t"u8) : rest;
        isLast = end < 0 || (separator == ' ' && rest.IsEmpty);
        cell = cell.Trim(" \t"u8);
        return quote != 0 && close >= 0 && cell.Length >= 2 && cell[^1] == quote ? cell[1..^1] : cell;
    }

    /// <summary>
    /// A byte of one to three digits before a separator, in a text's next four bytes: its length, else 0.
    /// </summary>
    public static int Short(uint next, byte separator, out byte level)
    {
        uint first = (byte)next - (uint)'0', second = (byte)(next >> 8), third = (byte)(next >> 16);
        level = (byte)first;
        if (first > 9)
        {
            return 0;
        }

        if (second == separator)
        {
            return 1;
        }

        second -= '0';
        level = (byte)(10 * first + second);
        if (second > 9)
        {
            return 0;
        }

        if (third == separator)
        {
            return 2;
        }

        third -= '0';
        var value = 100 * first + 10 * second + third;
        level = (byte)value;
        return third <= 9 && value <= 255 && (byte)(next >> 24) == separator ? 3 : 0;
    }

    /// <summary>A number with a point; with a comma where that does not part the cells.</summary>
    public static bool IsNumber(ReadOnlySpan<byte> cell, byte separator, out double value)
    {
        if (Utf8Parser.TryParse(cell, out value, out var used) && used == cell.Length)
        {
            return true;
        }

        var comma = separator == ',' ? -1 : cell.IndexOf((byte)',');
        if (comma < 0 || cell.Length > 40)
        {
            return false;
        }

        Span<byte> pointed = stackalloc byte[cell.Length];
        cell.CopyTo(pointed);
        pointed[comma] = (byte)'.';
        return Utf8Parser.TryParse(pointed, out value, out used) && used == cell.Length;
    }
}
