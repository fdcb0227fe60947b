using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using MnistGpu.Bench.Measuring;
using MnistGpu.Bench.Operations;
using MnistGpu.Data;
using MnistGpu.Simd;
using MnistGpu.Simd.Memory;

namespace MnistGpu.Bench.Peers;

/// <summary>A number of steps on one side.</summary>
/// <param name="Seconds">How long they took.</param>
/// <param name="Work">Images trained on, or products made.</param>
internal readonly record struct Turn(double Seconds, long Work);

/// <summary>A job done here and by a peer.</summary>
internal abstract class PeerJob
{
    /// <summary>What is done.</summary>
    public abstract string Name { get; }

    /// <summary>Who else does it: numpy or torch.</summary>
    public abstract string Peer { get; }

    /// <summary>How the peer does it, for people.</summary>
    public abstract string PeerName { get; }

    /// <summary>Steps after which both sides must have the same result.</summary>
    public abstract int CheckedSteps { get; }

    /// <summary>How far the results may differ, as a share.</summary>
    public abstract double Tolerance { get; }

    /// <summary>Writes what the peer needs into an empty folder, and says what it shall do.</summary>
    public abstract JsonObject Prepare(string folder);

    /// <summary>Our side, ready to start.</summary>
    public abstract IOwnSide Open(int threads);

    /// <summary>What a turn's work amounts to: images or floating-point operations a second.</summary>
    public abstract string Rate(double seconds);

    protected static void Write<T>(string folder, string name, ReadOnlySpan<T> values)
        where T : unmanaged => File.WriteAllBytes(Path.Combine(folder, name), MemoryMarshal.AsBytes(values));
}

/// <summary>Our side of a job.</summary>
internal interface IOwnSide : IDisposable
{
    /// <summary>Takes steps from the start, after a warm-up.</summary>
    Turn Run(int steps, int warm);

    /// <summary>What the job gives after so many steps.</summary>
    double Result(int steps);
}

/// <summary>Training steps: same images, same batches in the same order, same start.</summary>
/// <param name="job">The network and its images.</param>
/// <param name="images">The whole set.</param>
/// <param name="peer">numpy or torch.</param>
/// <param name="kind">What Peers/serve.py calls it.</param>
/// <param name="peerName">For people.</param>
internal sealed class TrainingPeerJob(TrainingJob job, DigitSet images, string peer, string kind, string peerName)
    : PeerJob
{
    public override string Name => "training step " + job.Size;

    public override string Peer => peer;

    public override string PeerName => peerName;

    public override int CheckedSteps => 10;

    // The mean loss in float32 on one side and float32 or float64 on the other; a step more or less, or another batch,
    // differs by far more.
    public override double Tolerance => 1e-4;

    public override JsonObject Prepare(string folder)
    {
        var state = job.State();
        var flat = new List<float>();
        for (var l = 0; l < job.Shape.Layers; l++)
        {
            flat.AddRange(state.W[l].Select(w => (float)w));
            flat.AddRange(state.b[l].Select(b => (float)b));
        }

        Write<float>(folder, "start.f32", CollectionsMarshal.AsSpan(flat));
        Write<int>(folder, "order.i32", job.Order());
        return new JsonObject
        {
            ["make"] = kind,
            ["folder"] = folder,
            ["widths"] = new JsonArray([.. job.Shape.Widths.Select(w => JsonValue.Create(w))]),
            ["images"] = job.Images,
            ["batch"] = job.Batch,
            ["alpha"] = job.Alpha,
            ["optimizer"] = job.Optimizer.ToString(),
        };
    }

    public override IOwnSide Open(int threads) => new OwnTraining(job, images, threads);

    public override string Rate(double seconds) => $"{job.M / seconds:N0} images/s";

    private sealed class OwnTraining(TrainingJob job, DigitSet images, int threads) : IOwnSide
    {
        private readonly TrainingLoop loop = new(SimdEngine.Create(job.Shape, threads), job, images);

        public Turn Run(int steps, int warm)
        {
            loop.Reset();
            loop.Run(warm);
            loop.Reset();
            long work = 0;
            var seconds = Timing.Time(n => work = loop.Run(n).Images, steps);
            return new Turn(seconds, work);
        }

        public double Result(int steps)
        {
            loop.Reset();
            loop.Run(steps);
            var set = job.Of(images);
            return loop.Engine.Evaluate(set.X.Span, set.Labels.Span).MeanLoss;
        }

        public void Dispose() => loop.Dispose();
    }
}

/// <summary>C [m × n] = A [m × k]·B [k × n] in float32, all three in row order on both sides.</summary>
internal sealed class ProductPeerJob : PeerJob
{
    private readonly int m;
    private readonly int k;
    private readonly int n;
    private readonly float[] A;
    private readonly float[] B;

    public ProductPeerJob(int m, int k, int n)
    {
        (this.m, this.k, this.n) = (m, k, n);
        var random = new Random(1);
        A = [.. Enumerable.Range(0, m * k).Select(_ => 2 * random.NextSingle() - 1)];
        B = [.. Enumerable.Range(0, k * n).Select(_ => 2 * random.NextSingle() - 1)];
    }

    public override string Name => $"SGEMM {m:N0} × {k:N0} × {n:N0}";

    public override string Peer => "numpy";

    public override string PeerName => "NumPy float32";

    public override int CheckedSteps => 1;

    public override double Tolerance => 1e-5;

    public override JsonObject Prepare(string folder)
    {
        Write<float>(folder, "A.f32", A);
        Write<float>(folder, "B.f32", B);
        return new JsonObject { ["make"] = "product", ["folder"] = folder, ["m"] = m, ["k"] = k, ["n"] = n };
    }

    public override IOwnSide Open(int threads) => new OwnProduct(this, threads);

    public override string Rate(double seconds) => $"{Report.Digits(2.0 * m * k * n / seconds / 1e9)} GFLOP/s";

    private sealed class OwnProduct : IOwnSide
    {
        private readonly ProductPeerJob job;
        private readonly Workers workers;
        private readonly Sgemm sgemm;
        private readonly float[] C;

        public OwnProduct(ProductPeerJob job, int threads)
        {
            this.job = job;
            workers = new Workers(threads);
            sgemm = Sgemm.Create(workers);
            C = new float[job.m * job.n];
        }

        public Turn Run(int steps, int warm)
        {
            Multiply(warm);
            return new Turn(Timing.Time(Multiply, steps), steps);
        }

        public double Result(int steps)
        {
            Array.Clear(C);
            Multiply(steps);
            return Math.Sqrt(C.Sum(c => (double)c * c) / C.Length);
        }

        public void Dispose()
        {
            sgemm.Dispose();
            workers.Dispose();
        }

        private void Multiply(int steps)
        {
            for (var i = 0; i < steps; i++)
            {
                sgemm.Multiply(job.m, job.k, job.n, job.A, job.B, C);
            }
        }
    }
}
