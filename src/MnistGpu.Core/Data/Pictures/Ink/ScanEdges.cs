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
        // All are looked for first: in a corner, what belongs to one side is the beginning of another.
        Edge?[] edges = [Find(ink, false, false), Find(ink, false, true), Find(ink, true, false),
            Find(ink, true, true)];
        foreach (var edge in edges)
        {
            for (var i = 0; i < edge?.Runs.Length; i++)
            {
                for (var j = 0; j < Math.Min(edge.Runs[i], edge.Depth); j++)
                {
                    ink.Pixels[edge.At(i, j)] = 0;
                }
            }
        }
    }

    /// <summary>The edge along one side; null where there is none.</summary>
    /// <param name="ink">The ink.</param>
    /// <param name="upright">The upper or lower side, not the left or right one.</param>
    /// <param name="backwards">The right or lower side.</param>
    private static Edge? Find(GrayPicture ink, bool upright, bool backwards)
    {
        int length = upright ? ink.Width : ink.Height, across = upright ? ink.Height : ink.Width;
        var runs = new int[length];
        // Faint lines that run into the edge are none of it.
        var least = Math.Max(1, ink.Level(0.9995) / 4);
        for (var i = 0; i < length; i++)
        {
            while (runs[i] < across && ink.Pixels[At(i, runs[i])] >= least)
            {
                runs[i]++;
            }
        }

        // What goes on to the other side belongs to another side's edge.
        var own = runs.Where(run => run < 0.9 * across).Order().ToArray();
        var touching = own.Where(run => run > 0).ToArray();
        if (own.Length < length / 4 || touching.Length < LeastShare * own.Length)
        {
            return null;
        }

        // A digit's bar at the picture's side goes over into its other strokes; an edge stands alone.
        var depth = touching[touching.Length * 9 / 10] + 2;
        return depth > MostDepth * across || touching.Count(run => run > depth) > 0.02 * length ? null
            : new Edge(At, runs, depth);

        int At(int along, int j)
        {
            var inward = backwards ? across - 1 - j : j;
            return upright ? inward * ink.Width + along : along * ink.Width + inward;
        }
    }

    /// <summary>An edge: where its pixels are, how far ink goes inwards there, and how much of it is cleared.</summary>
    private sealed record Edge(Func<int, int, int> At, int[] Runs, int Depth);
}
