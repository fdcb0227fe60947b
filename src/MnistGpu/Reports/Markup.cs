using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text;

namespace MnistGpu.Program.Reports;

/// <summary>
/// A piece of HTML or SVG, well-formed as XML too. Whatever an interpolated string puts into one is escaped unless it
/// is such a piece itself, so that nothing from outside can become markup by being forgotten.
/// </summary>
internal readonly struct Markup(string text)
{
    public static Markup Empty { get; } = new("");

    public static Markup From(Builder builder) => builder.Build();

    /// <summary>Pieces one after the other.</summary>
    public static Markup Join(IEnumerable<Markup> pieces) => new(string.Concat(pieces));

    public override string ToString() => text ?? "";

    [InterpolatedStringHandler]
    public readonly ref struct Builder(int literalLength, int formattedCount)
    {
        private readonly StringBuilder text = new(literalLength + 16 * formattedCount);

        public void AppendLiteral(string literal) => text.Append(literal);

        public void AppendFormatted(Markup piece) => text.Append(piece.ToString());

        public void AppendFormatted(IEnumerable<Markup> pieces)
        {
            foreach (var piece in pieces)
            {
                text.Append(piece.ToString());
            }
        }

        public void AppendFormatted(string? value) => text.Append(Escape(value ?? ""));

        public void AppendFormatted<T>(T value, string? format = null)
            where T : IFormattable => text.Append(Escape(value.ToString(format, CultureInfo.InvariantCulture)));

        public Markup Build() => new(text.ToString());

        /// <summary>Quotes, brackets and ampersands as entities; what no XML file can hold as �.</summary>
        private static string Escape(string value) =>
            WebUtility.HtmlEncode(string.Concat(value.EnumerateRunes().Select(rune =>
            (rune.Value is < 0x20 and not ('\t' or '\n' or '\r')) || rune.Value is 0xFFFE or 0xFFFF
                ? "\uFFFD" : rune.ToString())));
    }
}
