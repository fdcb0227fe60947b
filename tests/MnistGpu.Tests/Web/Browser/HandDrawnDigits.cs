using System.Globalization;

namespace MnistGpu.Tests.Web.Browser;

/// <summary>
/// Digits as a hand draws them with a mouse, in the unit square with y downwards: each once as most people write it,
/// and once another way: from the other
/// end, the other way round, or with other strokes. Written down for these tests; the synthetic digits have shapes of
/// their own.
/// </summary>
internal static class HandDrawnDigits
{
    /// <summary>Points "x y" in hundredths joined by ',', '|' lifts the pen.</summary>
    private static readonly string[][] Shapes =
    [
        [
            "55 0, 35 4, 22 18, 15 40, 16 64, 25 86, 42 99, 60 98, 76 84, 84 62, 84 38, 76 16, 62 3, 52 0",
            "48 1, 66 3, 80 20, 86 46, 82 74, 68 94, 50 100, 32 95, 18 76, 14 50, 20 22, 34 5, 48 1",
        ],
        [
            "52 0, 51 20, 50 40, 50 60, 49 80, 48 100",
            "44 100, 46 75, 50 50, 54 25, 57 0",
        ],
        [
            "16 24, 22 8, 38 0, 58 0, 74 10, 78 26, 70 44, 52 62, 32 80, 14 98, 40 98, 64 97, 88 97",
            "90 95, 62 96, 36 97, 12 97, 30 82, 50 64, 68 46, 78 28, 72 9, 54 1, 34 4, 20 18",
        ],
        [
            "18 10, 36 1, 56 0, 74 8, 78 24, 68 38, 46 46, 66 50, 82 62, 84 80, 70 95, 48 100, 28 97, 14 88",
            "14 90, 32 99, 54 99, 74 90, 80 72, 68 56, 44 48, 66 40, 76 26, 70 8, 52 0, 32 3, 18 12",
        ],
        [
            "28 0, 22 18, 17 36, 14 54, 36 56, 60 55, 88 52 | 70 6, 69 30, 67 54, 66 78, 64 100",
            "72 0, 71 24, 70 50, 69 76, 68 100 | 24 2, 20 26, 16 54, 42 55, 66 53, 90 50",
        ],
        [
            "80 2, 60 2, 40 3, 28 4, 26 20, 24 40, 44 36, 64 40, 80 54, 82 74, 70 92, 48 100, 28 97, 14 88",
            "30 4, 27 22, 24 42, 46 38, 68 44, 80 60, 78 82, 62 96, 40 100, 18 92 | 30 4, 50 3, 84 2",
        ],
        [
            "66 0, 46 16, 30 36, 20 58, 20 80, 34 97, 56 99, 74 88, 76 70, 62 58, 42 60, 26 72",
            "24 74, 40 60, 62 58, 76 70, 74 88, 56 99, 34 97, 20 80, 20 58, 30 36, 46 16, 64 2",
        ],
        [
            "14 6, 36 5, 60 4, 84 3, 74 22, 64 44, 56 66, 48 100",
            "44 100, 52 72, 62 48, 74 24, 84 4, 60 5, 36 6, 12 8",
        ],
        [
            "74 12, 58 0, 38 2, 28 16, 34 32, 50 44, 68 58, 76 76, 66 94, 46 100, 28 92, 22 74, 34 58, 52 46, 70 32, "
                + "76 14",
            "50 46, 32 34, 28 16, 40 2, 60 1, 74 14, 68 34, 50 46, 32 58, 22 76, 30 94, 52 100, 72 92, 76 74, 66 58, "
                + "50 46",
        ],
        [
            "76 14, 60 1, 38 2, 24 16, 24 36, 40 48, 60 44, 74 28, 77 14, 75 40, 72 70, 68 100",
            "64 100, 70 72, 75 42, 77 14, 60 1, 38 2, 24 16, 24 36, 40 48, 60 44, 74 28",
        ],
    ];

    public static int Ways => Shapes[0].Length;

    /// <summary>The strokes of a digit, each a list of [x, y].</summary>
    public static double[][][] Strokes(int digit, int way) =>
        [.. Shapes[digit][way].Split('|').Select(stroke => stroke.Split(',')
            .Select(point => point.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(n => double.Parse(n, CultureInfo.InvariantCulture) / 100).ToArray()).ToArray())];
}
