using System.Globalization;
using MnistGpu.Data;
using MnistGpu.Model;
using MnistGpu.Program.Jobs;

namespace MnistGpu.Program.Reports;

/// <summary>The first layer's weights as pictures.</summary>
internal static class WeightsPart
{
    private const int Most = 100;

    // Pixels of the page along the longer side of a picture.
    private const int Side = 84;

    // One weight in two hundred may be larger than the strongest colour: a single outlier would pale all others.
    private const double Covered = 0.995;

    // Levels of opacity: more cannot be told apart, and would make the file larger.
    private const int Levels = 32;

    // Opacity over the page's own ground makes zero disappear in light and in dark; these two are seen on both.
    private static readonly (byte R, byte G, byte B) Positive = (0x3d, 0x6f, 0xe8), Negative = (0xd9, 0x64, 0x22);

    public static Markup Render(NetworkState state, DataShape shape, string of = "")
    {
        var units = state.Shape.Out(0);
        var W1 = state.W[0];
        var chosen = Chosen(W1, units);
        var scale = Scale(W1, units, chosen);
        var name = Name(state.Shape, shape);
        var most = scale.ToString("0.###", CultureInfo.InvariantCulture);
        return ReportPage.Section("weights", Title(state.Shape, shape), Note(state.Shape, shape) + of, Markup.From($"""
            <div class="scale" aria-hidden="true">{Ramp($"−{most}", "0", $"+{most}")}</div>
            <ul class="pictures weights{(chosen.Length > 20 ? " many" : "")}">
            {chosen.Select(Item)}</ul>
            """));

        Markup Item(int r)
        {
            var picture = Png.Rgba(Picture(W1.AsSpan(r * shape.Pixels, shape.Pixels), scale, shape.Channels), shape);
            var unit = state.Shape.Layers == 1 ? shape.ClassNames[r] : $"{r}";
            var image = Markup.From($"<img src=\"{picture}\" {Size(shape)} alt=\"Weights of {name} {unit}\"/>");
            return Markup.From($"<li>{image}<small>{unit}</small></li>\n");
        }
    }

    /// <summary>Three numbers with the colours between them.</summary>
    private static Markup Ramp(string least, string middle, string most) =>
        Markup.From($"<span>{least}</span><i></i><span>{middle}</span><i></i><span>{most}</span>");

    /// <summary>The size that a picture is shown in, its shorter side in proportion.</summary>
    public static Markup Size(DataShape shape)
    {
        var longest = Math.Max(shape.Width, shape.Height);
        return Markup.From($"width=\"{Side * shape.Width / longest}\" height=\"{Side * shape.Height / longest}\"");
    }

    public static string Name(NetworkShape network, DataShape shape) =>
        network.Layers > 1 ? "unit" : shape.IsDigits ? "digit" : "class";

    public static string Title(NetworkShape network, DataShape shape) => network.Layers == 1
        ? $"What each {Name(network, shape)} looks for" : "What the first layer looks for";

    public static string Note(NetworkShape network, DataShape shape)
    {
        var (units, name) = (network.Out(0), Name(network, shape));
        return $"W1: how strongly each pixel speaks for a {name} (blue) or against it (orange); one scale for all. "
            + (units == 1 ? $"The one {name}."
                : units <= Most ? $"All {units} {(name == "class" ? "classes" : $"{name}s")}."
                : $"The {Most} of {Readable.Count(units)} units with the largest weights.");
    }

    /// <summary>The units to show: all, or those with the largest norm, in their order.</summary>
    public static int[] Chosen(double[] W1, int units) => units <= Most
        ? [.. Enumerable.Range(0, units)]
        : [.. Enumerable.Range(0, units).OrderByDescending(r => Norm(Row(W1, units, r)))
            .Take(Most).Order()];

    /// <summary>
    /// Red, green, blue and opacity of each pixel: the opacity is |w| over the scale. Of a pixel in colour the
    /// strongest of its weights is shown.
    /// </summary>
    public static byte[] Picture(ReadOnlySpan<double> weights, double scale, int channels = 1)
    {
        var pixels = new byte[weights.Length / channels * 4];
        for (var i = 0; i < weights.Length / channels; i++)
        {
            var w = Strongest(weights.Slice(i * channels, channels));
            var (r, g, b) = w >= 0 ? Positive : Negative;
            var level = Math.Round(Levels * Math.Min(1, Math.Abs(w) / scale));
            (pixels[4 * i], pixels[4 * i + 1], pixels[4 * i + 2], pixels[4 * i + 3]) = (r, g, b,
                (byte)(255 * level / Levels));
        }

        return pixels;
    }

    /// <summary>The weight of the largest size among those of a pixel.</summary>
    public static double Strongest(ReadOnlySpan<double> weights)
    {
        var strongest = weights[0];
        foreach (var w in weights)
        {
            strongest = Math.Abs(w) > Math.Abs(strongest) ? w : strongest;
        }

        return strongest;
    }

    /// <summary>What the strongest colour stands for in the pictures of these units.</summary>
    /// <param name="W1">[units × pixels].</param>
    /// <param name="units">The layer's.</param>
    /// <param name="chosen">Those shown.</param>
    public static double Scale(double[] W1, int units, int[] chosen)
    {
        // The live page asks every few seconds, on the training's cores: sorting everything would cost more than all
        // else on it.
        var count = chosen.Length * (W1.Length / units);
        var beyond = count - (int)(Covered * (count - 1));
        var largest = new PriorityQueue<double, double>(beyond);
        var strongest = 0.0;
        foreach (var r in chosen)
        {
            foreach (var w in Row(W1, units, r))
            {
                var size = Math.Abs(w);
                strongest = size > strongest ? size : strongest;
                if (largest.Count < beyond)
                {
                    largest.Enqueue(size, size);
                }
                else if (size > largest.Peek())
                {
                    largest.DequeueEnqueue(size, size);
                }
            }
        }

        var covered = largest.Peek();
        return covered > 0 ? covered : Math.Max(strongest, double.Epsilon);
    }

    private static ReadOnlySpan<double> Row(double[] W1, int units, int r) =>
        W1.AsSpan(r * (W1.Length / units), W1.Length / units);

    private static double Norm(ReadOnlySpan<double> w)
    {
        var sum = 0.0;
        foreach (var x in w)
        {
            sum += x * x;
        }

        return sum;
    }
}
