using System.Collections.Concurrent;

namespace MnistGpu.Program.Web;

/// <summary>
/// One network for many clients: one thread asks it, and takes all images that wait as one batch, which costs less than
/// one image after the other.
/// </summary>
internal sealed class Predictor : IDisposable
{
    /// <summary>Two of the simd engine's tiles: more would only make the first wait for the last.</summary>
    private const int MaxBatch = 32;

    private readonly BlockingCollection<Job> queue = new(boundedCapacity: 4096);
    private readonly Network network;
    private readonly int inputs, classes;
    private readonly Thread thread;

    /// <summary>Asks the network once, so that the first client need not wait.</summary>
    /// <param name="network">The network; disposed with this.</param>
    /// <exception cref="UserErrorException">The model's answers are no numbers.</exception>
    public Predictor(Network network)
    {
        this.network = network;
        (inputs, classes) = (network.Widths[0], network.ClassNames.Count);
        // The first answer takes the just-in-time compiler's time; and a model that answers full ink with no number
        // never will do.
        var ink = new byte[inputs];
        Array.Fill(ink, (byte)255);
        network.Predict(ink);
        thread = new Thread(Run) { IsBackground = true, Name = "predictor" };
        thread.Start();
    }

    /// <summary>The engine's name, as --device takes it.</summary>
    public string Name => network.Device;

    /// <summary>The hardware that answers.</summary>
    public string Description => network.Description;

    /// <summary>The network's answer for one image: a probability for each class.</summary>
    /// <exception cref="RequestRefusedException">Too many images wait already, or the answer is no number.</exception>
    public async Task<double[]> Predict(byte[] pixels)
    {
        if (pixels.Length != inputs)
        {
            throw new ArgumentException($"{pixels.Length} bytes are no image of {inputs} pixels.",
                nameof(pixels));
        }

        // The answer must not continue on the engine's thread.
        var job = new Job(pixels,
            new TaskCompletionSource<double[]>(TaskCreationOptions.RunContinuationsAsynchronously));
        if (queue.IsAddingCompleted || !queue.TryAdd(job))
        {
            throw new RequestRefusedException(503, "Too many pictures wait for an answer",
                "ask again in a moment")
            { RetryAfter = TimeSpan.FromSeconds(1) };
        }

        var AL = await job.Answer.Task;
        return Array.TrueForAll(AL, double.IsFinite)
            ? AL : throw new RequestRefusedException(500, "This model cannot compute",
            "its outputs for this picture are no numbers");
    }

    /// <summary>Answers what waits, and frees the network.</summary>
    public void Dispose()
    {
        queue.CompleteAdding();
        thread.Join();
        queue.Dispose();
        network.Dispose();
    }

    private void Run()
    {
        var jobs = new List<Job>(MaxBatch);
        var X = new byte[MaxBatch * inputs];
        var AL = new double[MaxBatch * classes];
        foreach (var first in queue.GetConsumingEnumerable())
        {
            jobs.Clear();
            jobs.Add(first);
            while (jobs.Count < MaxBatch && queue.TryTake(out var next))
            {
                jobs.Add(next);
            }

            Answer(jobs, X, AL);
        }
    }

    private void Answer(List<Job> jobs, byte[] X, double[] AL)
    {
        try
        {
            for (var j = 0; j < jobs.Count; j++)
            {
                jobs[j].Pixels.CopyTo(X, j * inputs);
            }

            network.Compute(X.AsSpan(0, jobs.Count * inputs), AL.AsSpan(0, jobs.Count * classes));
            for (var j = 0; j < jobs.Count; j++)
            {
                jobs[j].Answer.SetResult(AL[(j * classes)..((j + 1) * classes)]);
            }
        }
        catch (Exception e)
        {
            foreach (var job in jobs)
            {
                job.Answer.TrySetException(e);
            }
        }
    }

    private readonly record struct Job(byte[] Pixels, TaskCompletionSource<double[]> Answer);
}
