using BitMiracle.LibJpeg.Classic;
using MnistGpu.Data.Pictures.Ink;

namespace MnistGpu.Data.Pictures.Decoding;

/// <summary>
/// A JPEG: baseline or progressive, grey, colour or CMYK. A progressive one is gone through once for each of its scans,
/// which may be ten bytes long: so the work is counted before it begins.
/// </summary>
internal sealed class JpegFile
{
    /// <summary>
    /// The most pixels of all components in all scans: more than a photo of 24 megapixels has in the usual ten scans.
    /// </summary>
    private const long MostWork = 384L << 20;

    private readonly ArraySegment<byte> file;
    private readonly string name;
    private readonly JpegHeader header;

    private JpegFile(ArraySegment<byte> file, string name, JpegHeader header) =>
        (this.file, this.name, this.header) = (file, name, header);

    /// <summary>Pixels in a row, as the header says.</summary>
    public long Width => header.Width;

    /// <summary>Rows, as the header says.</summary>
    public long Height => header.Height;

    /// <summary>How the picture is to be turned, as <see cref="Exif"/> numbers it.</summary>
    public int Orientation => header.Orientation;

    /// <summary>The header of a file; null where the file is no JPEG.</summary>
    /// <exception cref="UserErrorException">It begins as a JPEG and ends before it says its size.</exception>
    public static JpegFile? From(ArraySegment<byte> file, string name) =>
        JpegHeader.From(file) is not { } header ? null
        : header.Width > 0 || header.Scans > 0 ? new JpegFile(file, name, header)
        : throw EndsEarly(name);

    /// <summary>Reads the picture, averaged down so that no side is longer than asked.</summary>
    /// <exception cref="UserErrorException">It takes too much work, is damaged, or ends early.</exception>
    /// <exception cref="OperationCanceledException">Asked to end.</exception>
    public RowShrinker Read(int side, Light light = default, CancellationToken cancel = default)
    {
        if (header.Work > MostWork)
        {
            throw new UserErrorException("This JPEG takes too long to decode", where: name,
                expected: $"at most {MostWork >> 20} megapixels in all scans together",
                found: $"{header.Work >> 20} megapixels in {header.Scans} scans",
                todo: "save it smaller, or without \"progressive\"");
        }

        if (header.LeastBytes > file.Count)
        {
            throw EndsEarly(name);
        }

        var errors = new Errors();
        var jpeg = new jpeg_decompress_struct(errors) { Progress = new jpeg_progress_mgr() };
        jpeg.Progress.OnProgress += (_, _) => cancel.ThrowIfCancellationRequested();
        using var bytes = new MemoryStream(file.Array!, file.Offset, file.Count, writable: false);
        jpeg.jpeg_stdio_src(bytes);
        jpeg.jpeg_read_header(true);
        if (light == default && jpeg.Jpeg_color_space is J_COLOR_SPACE.JCS_YCbCr or J_COLOR_SPACE.JCS_GRAYSCALE)
        {
            // Y alone is the grey; the colours are not even decoded.
            jpeg.Out_color_space = J_COLOR_SPACE.JCS_GRAYSCALE;
        }

        jpeg.jpeg_start_decompress();
        var rows = new RowShrinker(jpeg.Output_width, jpeg.Output_height, side);
        byte[][] row = [new byte[jpeg.Output_width * jpeg.Output_components]];
        var gray = new byte[jpeg.Output_width];
        while (jpeg.Output_scanline < jpeg.Output_height)
        {
            cancel.ThrowIfCancellationRequested();
            jpeg.jpeg_read_scanlines(row, 1);
            Levels(row[0], gray, jpeg.Out_color_space, light);
            rows.Add(gray, []);
        }

        return errors.EndedEarly ? throw EndsEarly(name) : rows;
    }

    private void Levels(ReadOnlySpan<byte> row, Span<byte> gray, J_COLOR_SPACE colors, Light light)
    {
        var samples = row.Length / gray.Length;
        for (var x = 0; x < gray.Length; x++)
        {
            var pixel = row.Slice(samples * x, samples);
            gray[x] = (colors, samples) switch
            {
                (J_COLOR_SPACE.JCS_CMYK, 4) => Cmyk(pixel, light),
                (_, >= 3) => light.From(pixel[0], pixel[1], pixel[2]),
                _ => pixel[0],
            };
        }
    }

    private byte Cmyk(ReadOnlySpan<byte> pixel, Light shown)
    {
        Span<int> light = stackalloc int[4];
        for (var i = 0; i < 4; i++)
        {
            light[i] = header.IsAdobe ? pixel[i] : 255 - pixel[i];
        }

        return shown.From(light[0] * light[3] / 255, light[1] * light[3] / 255, light[2] * light[3] / 255);
    }

    private static UserErrorException EndsEarly(string name) =>
        new("This JPEG is damaged", where: name, expected: "a whole picture",
            found: "the file ends in the middle of the picture", todo: "save the picture again");

    /// <summary>Errors become exceptions; warnings are not printed, but that a file ends early is kept.</summary>
    private sealed class Errors : jpeg_error_mgr
    {
        public bool EndedEarly { get; private set; }

        public override void error_exit() => throw new InvalidDataException(format_message());

        public override void emit_message(int msg_level)
        {
            // "Premature end of JPEG file": the decoder fills what is missing with grey.
            EndedEarly |= msg_level < 0 && format_message().StartsWith("Premature end", StringComparison.Ordinal);
        }

        public override void output_message()
        {
        }
    }
}
