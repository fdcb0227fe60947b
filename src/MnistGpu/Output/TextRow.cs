namespace MnistGpu.Program.Output;

/// <summary>Rows of tables in text.</summary>
internal static class TextRow
{
    /// <summary>Cells side by side, a space between two, indented.</summary>
    /// <param name="cells">
    /// Each with its width: to the right of it, or to the left where it is negative. Null for a column that is left
    /// out.
    /// </param>
    public static string Format(params IEnumerable<(string? Text, int Width)> cells) => "  " + string.Join(' ', cells
        .Where(cell => cell.Text is not null)
        .Select(cell => cell.Width < 0 ? cell.Text!.PadRight(-cell.Width) : cell.Text!.PadLeft(cell.Width)));
}
