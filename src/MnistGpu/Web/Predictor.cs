using System.Collections.Concurrent;
using MnistGpu.Model;

namespace MnistGpu.Program.Web;

/// <summary>
/// One engine for many clients. An engine is used by one thread at a time, and some devices belong to the thread that
/// opened them: so one thread owns it, and takes all images that wait as one batch.
/// </summary>
internal sealed class Predictor : IDisposable
{
    /// <summary>Two of the simd engine's tiles: more would only make the first wait for the last.</summary>
    private const int MaxBatch = 32;

    private readonly BlockingCollection<Job> queue = new(boundedCapacity: 4096);
    private readonly NetworkShape shape;
    private readonly Thread thread;

    /// <summary>Starts an engine with a model.</summary>
    /// <param name="state">The model.</param>
    /// <param name="create">Makes an engine of the model's shape; called on the thread that will use it.</param>
    /// <exception cref="UserErrorException">The engine does not start, or the model's answers are no
    /// numbers.</exception>
    public Predictor(NetworkState state, Func<INetworkEngine> create)
    {
        shape = state.Shape;
        var started = new TaskCompletionSource<INetworkEngine>();
        thread = new Thread(() => Run(state, create, started)) { IsBackground = true, Name = "predictor" };
        thread.Start();
        var engine = started.Task.GetAwaiter().GetResult();
        (Name, Description) = (engine.Name, engine.Description);
    }

    /// <summary>The engine's name, as --device takes it.</summary>
    public string Name { get; }

    /// <summary>The hardware that answers.</summary>
    public string Description { get; }

    /// <summary>The network's answer for one image: a probability for each class.</summary>
    /// <exception cref="RequestRefusedException">Too many images wait already, or the answer is no number.</exception>
    public async Task<double[]> Predict(byte[] pixels)
    {
        if (pixels.Length != shape.Inputs)
        {
            throw new ArgumentException($"{pixels.Length} bytes are no image of {shape.Inputs} pixels.",
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

    /// <summary>Answers what waits, and frees the engine.</summary>
    public void Dispose()
    {
        queue.CompleteAdding();
        thread.Join();
        queue.Dispose();
    }

    private void Run(NetworkState state, Func<INetworkEngine> create, TaskCompletionSource<INetworkEngine> started)
    {
        INetworkEngine engine;
        try
        {
            engine = Start(state, create);
        }
        catch (Exception e)
        {
            started.SetException(e);
            return;
        }

        using (engine)
        {
            started.SetResult(engine);
            var jobs = new List<Job>(MaxBatch);
            var X = new byte[MaxBatch * shape.Inputs];
            var AL = new double[MaxBatch * shape.Outputs];
            foreach (var first in queue.GetConsumingEnumerable())
            {
                jobs.Clear();
                jobs.Add(first);
                while (jobs.Count < MaxBatch && queue.TryTake(out var next))
                {
                    jobs.Add(next);
                }

                Answer(engine, jobs, X, AL);
            }
        }
    }

    private static INetworkEngine Start(NetworkState state, Func<INetworkEngine> create)
    {
        var engine = create();
        try
        {
            engine.Load(state);
            // The first answer takes the just-in-time compiler's time; and a model that answers full ink with no number
            // never will do.
            var ink = new byte[state.Shape.Inputs];
            var AL = new double[state.Shape.Outputs];
            Array.Fill(ink, (byte)255);
            engine.Predict(ink, AL);
            return Array.TrueForAll(AL, double.IsFinite)
                ? engine
                : throw new UserErrorException("This model cannot compute: its outputs are no numbers",
                    expected: "parameters of ordinary size", found: "numbers too large for the device",
                    todo: "use a model whose training did not diverge");
        }
        catch
        {
            engine.Dispose();
            throw;
        }
    }

    private static void Answer(INetworkEngine engine, List<Job> jobs, byte[] X, double[] AL)
    {
        var (pixels, classes) = (engine.Shape.Inputs, engine.Shape.Outputs);
        try
        {
            for (var j = 0; j < jobs.Count; j++)
            {
                jobs[j].Pixels.CopyTo(X, j * pixels);
            }

            engine.Predict(X.AsSpan(0, jobs.Count * pixels), AL.AsSpan(0, jobs.Count * classes));
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
