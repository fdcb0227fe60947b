#if ONNX_RUNTIME
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Microsoft.ML.OnnxRuntime;
using MnistGpu.Bench.Measuring;
using Running = MnistGpu.Bench.Gpu.Running.RunOptions;

namespace MnistGpu.Bench.Commands;

/// <summary>
/// How fast the library answers beside ONNX Runtime: the same 784-256-10, trained for a moment and exported, the same
/// images as bytes, probabilities as the result. Both run one image or batch on the thread that asks (ONNX Runtime with
/// one intra-op thread), and many threads ask one network or session.
/// </summary>
internal static class AnswersCommand
{
    /// <summary>The first word of a process that answers once; then come one of the two names, a file
    /// and the bytes of an image.</summary>
    public const string FirstAnswer = "first-answer";

    private const string Own = "MnistGpu", Other = "ONNX Runtime";

    // Processes that answer once, one after the other.
    private const int ColdStarts = 5;

    private static readonly int[] Batches = [1, 256], Threads = [1, 2, 16];

    /// <summary>Measures and prints.</summary>
    public static int Run(CommonOptions options, CancellationToken cancel)
    {
        var folder = Directory.CreateTempSubdirectory("mnistgpu-answers-").FullName;
        try
        {
            var (model, graph) = (Path.Combine(folder, "model.safetensors"), Path.Combine(folder, "model.onnx"));
            var images = new ImageSet(options.Images(cancel));
            using (var trained = Network.Train(images, new()
            {
                Hidden = [256],
                Limit = Math.Min(2000, images.Count),
                Development = 0,
                Batch = null,
                Iterations = 20,
                Device = "simd",
            }, cancel))
            {
                trained.Save(model);
                trained.Save(graph);
            }

            var rows = new List<object>();
            Compare();
            First(Own, model, () => Network.Load(model), network => network.Predict(images.Image(0)));
            First(Other, graph, () => new Peer(graph), peer => peer.Run(images.Image(0), 1));
            using var own = Network.Load(model);
            using var other = new Peer(graph);
            options.Say($"{"images",6} {"threads",7} {"MnistGpu",14} {"ONNX Runtime",14} {"ratio",6}");
            foreach (var batch in Batches)
            {
                byte[] pixels = [.. Enumerable.Range(0, batch).SelectMany(j => images.Image(j % images.Count))];
                foreach (var threads in Threads)
                {
                    // In turn, and the best of three: a busy moment then hits neither alone.
                    var (ours, theirs) = (0.0, 0.0);
                    for (var round = 0; round < 3; round++)
                    {
                        ours = Math.Max(ours, Rate(threads, batch, () =>
                        {
                            var room = new double[batch * own.ClassNames.Count];
                            return () => own.Predict(pixels, room);
                        }, cancel));
                        theirs = Math.Max(theirs, Rate(threads, batch, () => () => other.Run(pixels, batch), cancel));
                    }

                    options.Say($"{batch,6} {threads,7} {ours,12:N0}/s {theirs,12:N0}/s {ours / theirs,5:0.00}×");
                    rows.Add(new { batch, threads, answersPerSecond = ours, onnxRuntimePerSecond = theirs });
                }
            }

            if (options.Json)
            {
                Console.WriteLine(JsonSerializer.Serialize(new { machine = Machine.Read(), rows }));
            }

            return 0;

            void Compare()
            {
                // Times of two networks that answer differently would say nothing.
                using var own = Network.Load(model);
                using var other = new Peer(graph);
                var room = new double[own.ClassNames.Count];
                own.Predict(images.Image(0), room);
                var theirs = other.Run(images.Image(0), 1);
                if (theirs.Length != room.Length || room.Where((p, i) => Math.Abs(p - theirs[i]) > 1e-4).Any())
                {
                    throw new InvalidOperationException("MnistGpu and ONNX Runtime give different probabilities.");
                }
            }

            void First<T>(string name, string file, Func<T> load, Action<T> ask)
                where T : IDisposable
            {
                var cold = Enumerable.Range(0, ColdStarts).Select(_ => Cold(name, file, images, cancel))
                    .Order().ToArray();
                // The first of all pays for the just-in-time compiler and is left out.
                var times = new double[11];
                for (var i = 0; i < times.Length; i++)
                {
                    var start = Stopwatch.GetTimestamp();
                    using var loaded = load();
                    ask(loaded);
                    times[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
                }

                Array.Sort(times, 1, times.Length - 1);
                var median = cold[ColdStarts / 2];
                options.Say($"{name,-12} from loading to the first answer: {median:0} ms in a new process "
                    + $"({cold[0]:0} to {cold[^1]:0}), {times[6]:0.0} ms in a warm one");
                rows.Add(new { name, coldMilliseconds = median, warmMilliseconds = times[6] });
            }

            double Rate(int threads, int batch, Func<Action> prepare, CancellationToken stop)
            {
                using var start = new Barrier(threads + 1);
                var counts = new long[threads];
                var isOver = 0;
                var workers = Enumerable.Range(0, threads).Select(i => new Thread(() =>
                {
                    var ask = prepare();
                    ask();
                    start.SignalAndWait(CancellationToken.None);
                    while (Volatile.Read(ref isOver) == 0)
                    {
                        ask();
                        counts[i]++;
                    }
                })).ToArray();
                Array.ForEach(workers, worker => worker.Start());
                start.SignalAndWait(CancellationToken.None);
                var clock = Stopwatch.StartNew();
                stop.WaitHandle.WaitOne(TimeSpan.FromSeconds(options.Seconds));
                Volatile.Write(ref isOver, 1);
                Array.ForEach(workers, worker => worker.Join());
                stop.ThrowIfCancellationRequested();
                return counts.Sum() * batch / clock.Elapsed.TotalSeconds;
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Loads, answers once and prints the milliseconds: the process has done nothing before.</summary>
    public static int AnswerOnce(string name, string file, int bytes)
    {
        var pixels = new byte[bytes];
        for (var i = 0; i < pixels.Length; i++)
        {
            pixels[i] = (byte)(i % 5 == 0 ? 200 : 0);
        }

        var start = Stopwatch.GetTimestamp();
        if (name == Own)
        {
            using var network = Network.Load(file);
            network.Predict(pixels);
            Print();
        }
        else
        {
            using var peer = new Peer(file);
            peer.Run(pixels, 1);
            Print();
        }

        return 0;

        void Print() => Console.WriteLine(Stopwatch.GetElapsedTime(start).TotalMilliseconds
            .ToString("R", CultureInfo.InvariantCulture));
    }

    private static double Cold(string name, string file, ImageSet images, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        var start = Running.Start(Running.OwnProgram(), [FirstAnswer, name, file,
            (images.Width * images.Height * images.Channels).ToString(CultureInfo.InvariantCulture)]);
        // Nothing is said to it, and what it complains of is seen.
        (start.RedirectStandardInput, start.RedirectStandardError) = (false, false);
        using var child = Process.Start(start)!;
        var text = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var milliseconds)
            ? milliseconds
            : throw new InvalidOperationException($"The process that answers once ended with code {child.ExitCode}.");
    }

    /// <summary>The same network in ONNX Runtime.</summary>
    private sealed class Peer : IDisposable
    {
        private readonly InferenceSession session;
        private readonly RunOptions options = new();
        private readonly string[] inputs, outputs;
        private readonly long[] image;
        private readonly int classes;

        public Peer(string path)
        {
            using var setup = new SessionOptions
            {
                IntraOpNumThreads = 1,
                LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
            };
            session = new InferenceSession(path, setup);
            (inputs, outputs) = ([session.InputNames[0]], [session.OutputNames[0]]);
            image = [.. session.InputMetadata[inputs[0]].Dimensions.Skip(1).Select(side => (long)side)];
            classes = session.OutputMetadata[outputs[0]].Dimensions[1];
        }

        public float[] Run(byte[] pixels, int count)
        {
            using var value = OrtValue.CreateTensorValueFromMemory(pixels, [count, .. image]);
            using var answers = session.Run(options, inputs, [value], outputs);
            var AL = answers[0].GetTensorDataAsSpan<float>();
            return AL.Length == count * classes ? AL.ToArray()
                : throw new InvalidOperationException("ONNX Runtime gave another number of answers.");
        }

        public void Dispose()
        {
            session.Dispose();
            options.Dispose();
        }
    }
}
#endif
