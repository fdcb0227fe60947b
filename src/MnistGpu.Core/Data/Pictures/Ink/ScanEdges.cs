namespace MnistGpu.Data.Pictures.Ink;

/// <summary>Clears what lies along the picture's sides: the dark edge of a scan, a table beside the sheet.</summary>
internal static class ScanEdges
{
    /// <summary>So much of a side is ink where it is an edge.</summary>
    private const double LeastShare = 0.6;

    /// <summary>No edge takes more of the picture.</summary>
    private const double MostDepth = 0.3;

    /// <summary>Clears the edges of all four sides.</summary>
    public static void Clear(GrayPicture ink)
    {
        foreach (var (upright, backwards) in ((bool, bool)[])[(false, false), (false, true), (true, false),
            (true, true)])
        {
            Clear(ink, upright, backwards);
        }
    }

    /// <param name="ink">The ink.</param>
    /// <param name="upright">The upper or lower side, not the left or right one.</param>
    /// <param name="backwards">The right or lower side.</param>
    private static void Clear(GrayPicture ink, bool upright, bool backwards)
    {
        int length = upright ? ink.Width : ink.Height, across = upright ? ink.Height : ink.Width;
        var runs = new int[length];
        for (var i = 0; i < length; i++)
        {
            while (runs[i] < across && ink.Pixels[At(i, runs[i])] > 0)
            {
                runs[i]++;
            }
        }

        // What goes on to the other side belongs to another side's edge.
        var own = runs.Where(run => run < 0.9 * across).Order().ToArray();
        var touching = own.Where(run => run > 0).ToArray();
        if (own.Length < length / 4 || touching.Length < LeastShare * own.Length)
        {
            return;
        }

        var depth = touching[touching.Length * 9 / 10] + 2;
        // A digit's bar at the picture's side goes over into its other strokes; an edge stands alone.
        if (depth > MostDepth * across || touching.Count(run => run > depth) > 0.02 * length)
        {
            return;
        }

        for (var i = 0; i < length; i++)
        {
            for (var j = 0; j < Math.Min(runs[i], depth); j++)
            {
                ink.Pixels[At(i, j)] = 0;
            }
        }

        int At(int along, int j)
        {
            var inward = backwards ? across - 1 - j : j;
            return upright ? inward * ink.Width + along : along * ink.Width + inward;
        }
    }
}
