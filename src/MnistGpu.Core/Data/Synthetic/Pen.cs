namespace MnistGpu.Data.Synthetic;

/// <summary>
/// Draws one digit at a time into 28 × 28 bytes. Uses + − · / and √ only, which IEEE 754 rounds the same
/// everywhere, so that the bytes are the same on every machine; no sine, power or fused product.
/// </summary>
internal sealed class Pen
{
    private const int Side = Mnist.Side;

    /// <summary>MNIST scales each digit, ink included, to touch a box of 20 × 20.</summary>
    private const double Box = 20;

    /// <summary>Pieces of a line between two points of a glyph.</summary>
    private const int Pieces = 7;

    /// <summary>
    /// How far each digit leans to the right on average, so that the mean slant of its ink is that of MNIST's training
    /// images.
    /// </summary>
    private static readonly double[] Slant = [0.19, 0.21, 0.11, 0.06, 0.22, 0.08, -0.02, 0.11, 0.05, 0.06];

    /// <summary>How wide each digit is on average, as written above.</summary>
    private static readonly double[] Width = [0.83, 1, 0.86, 0.79, 0.79, 0.86, 0.78, 0.8, 0.8, 0.76];

    /// <summary>How far a point strays: less where a stray point would spoil the shape.</summary>
    private static readonly double[] Wobble = [0.03, 0.03, 0.05, 0.05, 0.045, 0.05, 0.05, 0.045, 0.05, 0.05];

    /// <summary>
    /// How much each digit bends, compared with the others: a bent zero has corners, a bent one is a bracket.
    /// </summary>
    private static readonly double[] Bendable = [0.5, 0.5, 1, 0.8, 0.9, 1, 1, 0.7, 1, 1];

    /// <summary>
    /// Half the line's width in pixels, on average, so that the mean ink is that of MNIST's training images.
    /// </summary>
    private static readonly double[] Radius = [1.4, 1.34, 1.3, 1.26, 1.17, 1.25, 1.22, 1.3, 1.2, 1.14];

    private readonly PenPoint[] _points = new PenPoint[64];
    private readonly double[] _x = new double[64 * Pieces];
    private readonly double[] _y = new double[64 * Pieces];
    private readonly bool[] _drawn = new bool[64 * Pieces];
    private readonly double[] _ink = new double[Side * Side];
    private int _count;

    /// <summary>Draws a digit in some way, as the random numbers will have it.</summary>
    public void Draw(int digit, ref DrawStream random, Span<byte> image)
    {
        var glyph = Choose(GlyphShapes.Ways[digit], random.Unit());
        Bend(glyph, digit, ref random);
        Flatten(glyph.From.Length);

        var radius = Math.Max(0.55, Radius[digit] + 0.36 * random.Normal());
        var soft = random.Between(0.85, 1.4);
        var pressure = 0.12 * random.Normal();
        Fit(radius);
        Ink(radius, soft, pressure);
        Centre(image);
    }

    private static Glyph Choose(Glyph[] ways, double u)
    {
        double total = 0;
        foreach (var way in ways)
        {
            total += way.Weight;
        }

        var left = u * total;
        foreach (var way in ways)
        {
            left -= way.Weight;
            if (left < 0)
            {
                return way;
            }
        }

        return ways[^1];
    }

    /// <summary>
    /// The glyph's points between its extremes, each shaken a little, then bent, narrowed, turned and slanted together.
    /// </summary>
    private void Bend(Glyph glyph, int digit, ref DrawStream random)
    {
        var blend = random.Between(-0.25, 1.25);
        var wobble = Wobble[digit];
        var aspect = Width[digit] * (1 + 0.2 * random.Normal());
        var slant = -(Slant[digit] + 0.24 * random.Normal());
        var turn = 0.1 * random.Normal();
        var bend = Bendable[digit];
        double sagX = 0.12 * bend * random.Normal(), sagY = 0.12 * bend * random.Normal();
        double taperX = 0.18 * bend * random.Normal(), taperY = 0.18 * bend * random.Normal();
        // A turn by the angle 2·atan(turn/2), from its rational form.
        double half = turn / 2, unit = 1 + half * half;
        double cos = (1 - half * half) / unit, sin = turn / unit;
        for (var i = 0; i < glyph.From.Length; i++)
        {
            ref readonly var a = ref glyph.From[i];
            ref readonly var b = ref glyph.To[i];
            var x = a.X + blend * (b.X - a.X) + wobble * random.Normal();
            var y = a.Y + blend * (b.Y - a.Y) + wobble * random.Normal();
            var bentX = x * (1 + 2 * taperX * y) + sagX * (4 * y * y - 0.5);
            var bentY = y * (1 + 2 * taperY * x) + sagY * (4 * x * x - 0.5);
            (x, y) = (aspect * bentX + slant * bentY, bentY);
            _points[i] = a with { X = cos * x - sin * y, Y = sin * x + cos * y };
        }
    }

    /// <summary>
    /// Turns the points into short straight pieces, through a Catmull-Rom curve that breaks at corners.
    /// </summary>
    private void Flatten(int points)
    {
        _count = 0;
        Add(_points[0].X, _points[0].Y, drawn: false);
        for (var i = 1; i < points; i++)
        {
            ref readonly var p = ref _points[i - 1];
            ref readonly var q = ref _points[i];
            if (p.Lift)
            {
                Add(q.X, q.Y, drawn: false);
                continue;
            }

            var first = i == 1 || p.Corner || _points[i - 2].Lift;
            var last = q.Lift || q.Corner;
            double inX, inY, outX, outY;
            (inX, inY) = first ? (q.X - p.X, q.Y - p.Y) : ((q.X - _points[i - 2].X) / 2, (q.Y - _points[i - 2].Y) / 2);
            (outX, outY) = last ? (q.X - p.X, q.Y - p.Y) : ((_points[i + 1].X - p.X) / 2, (_points[i + 1].Y - p.Y) / 2);
            for (var k = 1; k <= Pieces; k++)
            {
                // Hermite's cubic with these two ends and directions.
                var t = (double)k / Pieces;
                double t2 = t * t, t3 = t2 * t;
                double h00 = 2 * t3 - 3 * t2 + 1, h10 = t3 - 2 * t2 + t, h01 = 3 * t2 - 2 * t3, h11 = t3 - t2;
                Add(h00 * p.X + h10 * inX + h01 * q.X + h11 * outX, h00 * p.Y + h10 * inY + h01 * q.Y + h11 * outY,
                    drawn: true);
            }
        }
    }

    private void Add(double x, double y, bool drawn)
    {
        _x[_count] = x;
        _y[_count] = y;
        _drawn[_count++] = drawn;
    }

    /// <summary>
    /// Scales the pieces as MNIST does: the ink touches a box of 20 × 20.
    /// </summary>
    private void Fit(double radius)
    {
        double left = _x[0], right = left, top = _y[0], bottom = top;
        for (var i = 1; i < _count; i++)
        {
            left = Math.Min(left, _x[i]);
            right = Math.Max(right, _x[i]);
            top = Math.Min(top, _y[i]);
            bottom = Math.Max(bottom, _y[i]);
        }

        double width = right - left, height = bottom - top;
        var scale = (Box - 2 * radius) / Math.Max(Math.Max(width, height), 1e-3);
        for (var i = 0; i < _count; i++)
        {
            _x[i] = (_x[i] - left) * scale + radius + (Side - Box) / 2;
            _y[i] = (_y[i] - top) * scale + radius + (Side - Box) / 2;
        }
    }

    /// <summary>
    /// Lays down the ink: a pixel's is that of the nearest piece, full inside the line and fading over
    /// <paramref name="soft"/> pixels at its edge. The line grows or shrinks along the way by
    /// <paramref name="pressure"/>.
    /// </summary>
    private void Ink(double radius, double soft, double pressure)
    {
        Array.Clear(_ink);
        for (var i = 1; i < _count; i++)
        {
            if (!_drawn[i])
            {
                continue;
            }

            double ax = _x[i - 1], ay = _y[i - 1], dx = _x[i] - ax, dy = _y[i] - ay;
            var square = Math.Max(dx * dx + dy * dy, 1e-12);
            var r = radius * (1 + pressure * (2.0 * i / _count - 1));
            var reach = r + soft / 2;
            // The centre of pixel x lies at x + 1/2.
            var fromX = Math.Max(0, (int)(Math.Min(ax, ax + dx) - reach));
            var toX = Math.Min(Side - 1, (int)(Math.Max(ax, ax + dx) + reach));
            var fromY = Math.Max(0, (int)(Math.Min(ay, ay + dy) - reach));
            var toY = Math.Min(Side - 1, (int)(Math.Max(ay, ay + dy) + reach));
            for (var y = fromY; y <= toY; y++)
            {
                for (var x = fromX; x <= toX; x++)
                {
                    ref var here = ref _ink[y * Side + x];
                    if (here == 1)
                    {
                        continue;
                    }

                    double px = x + 0.5 - ax, py = y + 0.5 - ay;
                    var along = Math.Clamp((px * dx + py * dy) / square, 0, 1);
                    double ex = px - along * dx, ey = py - along * dy;
                    var ink = 0.5 + (r - Math.Sqrt(ex * ex + ey * ey)) / soft;
                    here = Math.Max(here, Math.Min(ink, 1));
                }
            }
        }
    }

    /// <summary>
    /// Moves the ink by whole pixels so that its centre of mass comes nearest to pixel (14, 14)'s centre, where MNIST
    /// has it.
    /// </summary>
    private void Centre(Span<byte> image)
    {
        double mass = 0, massX = 0, massY = 0;
        for (var y = 0; y < Side; y++)
        {
            for (var x = 0; x < Side; x++)
            {
                var ink = _ink[y * Side + x];
                mass += ink;
                massX += ink * x;
                massY += ink * y;
            }
        }

        var moveX = (int)Math.Floor(Side / 2 - massX / mass + 0.5);
        var moveY = (int)Math.Floor(Side / 2 - massY / mass + 0.5);
        image.Clear();
        for (var y = Math.Max(0, moveY); y < Math.Min(Side, Side + moveY); y++)
        {
            for (var x = Math.Max(0, moveX); x < Math.Min(Side, Side + moveX); x++)
            {
                image[y * Side + x] = (byte)(255 * _ink[(y - moveY) * Side + x - moveX] + 0.5);
            }
        }
    }
}
