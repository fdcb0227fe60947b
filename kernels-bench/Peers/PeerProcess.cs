using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using MnistGpu.Simd.Vectors;

namespace MnistGpu.Bench.Peers;

/// <summary>How many threads a peer may use.</summary>
/// <param name="Own">Its own loops'.</param>
/// <param name="Blas">Its linear algebra library's.</param>
internal readonly record struct PeerThreads(int Own, int Blas)
{
    /// <inheritdoc/>
    public override string ToString() => Own == Blas ? $"{Own}" : $"{Own}, BLAS {Blas}";
}

/// <summary>NumPy or PyTorch in a Python of its own, which does jobs on request (Peers/serve.py).</summary>
internal sealed class PeerProcess : IDisposable
{
    private const string Install = "Debian: apt install python3-numpy python3-torch libopenblas0-pthread; elsewhere: "
        + "pip install numpy torch";

    private readonly DirectoryInfo scripts;
    private readonly Process process;

    /// <summary>
    /// Starts one with its library's own choice of kernels, whatever the shell says; where that is less than the
    /// processor has, once more with kernels that fit. With a limit it is told that.
    /// </summary>
    /// <param name="python">The Python.</param>
    /// <param name="peer">numpy or torch.</param>
    /// <param name="threads">How many threads it may use.</param>
    /// <param name="limit">The vectors that it may use; null for all.</param>
    /// <param name="folder">Where a folder for its scripts is made; null for the system's temporary folder.</param>
    /// <exception cref="UserErrorException">It does not start.</exception>
    public static PeerProcess Start(string python, string peer, PeerThreads threads, PeerLimit? limit = null,
        string? folder = null)
    {
        var process = new PeerProcess(python, peer, threads, limit, core: null, folder);
        if (limit is not null || PeerKernels.AreBest(process.Core, VectorWidths.Widest))
        {
            return process;
        }

        process.Dispose();
        return new PeerProcess(python, peer, threads, limit, PeerKernels.Fitting(VectorWidths.Widest), folder);
    }

    private PeerProcess(string python, string peer, PeerThreads threads, PeerLimit? limit, string? core,
        string? folder)
    {
        const string prefix = "kernels-bench-peers-";
        scripts = folder is null ? Directory.CreateTempSubdirectory(prefix)
            : Directory.CreateDirectory(Path.Combine(folder, $"{prefix}{Guid.NewGuid():N}"));
        Threads = threads;
        var start = new ProcessStartInfo(python,
            [Path.Combine(scripts.FullName, "serve.py"), peer, Text(threads.Own)])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        Removed = PeerKernels.Clean(start.Environment);
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        if (core is not null)
        {
            start.Environment["OPENBLAS_CORETYPE"] = core;
        }

        foreach (var (name, value) in limit?.Variables ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        start.Environment["OMP_NUM_THREADS"] = Text(threads.Own);
        foreach (var library in (string[])["OPENBLAS", "MKL", "BLIS"])
        {
            start.Environment[library + "_NUM_THREADS"] = Text(threads.Blas);
        }

        process = new Process { StartInfo = start };
        try
        {
            WriteScripts();
            process.Start();
            var hello = Read();
            Version = hello["version"]!.GetValue<string>();
            Libraries = hello["libraries"]!.GetValue<string>();
            Core = hello["core"]!.GetValue<string>();
            Loops = hello["loops"]!.GetValue<string>();
            HasCuda = hello["cuda"]?.GetValue<bool>() == true;
        }
        catch
        {
            Dispose();
            throw;
        }

        Refusal = limit?.Refusal(Core, Loops) ?? PeerKernels.Refusal(Libraries, Core, limit?.Width
            ?? VectorWidths.Widest);
        Kernels = (Core.Length > 0 ? Core : "of its own choice") + (core is not null ? " (asked for by the bench: its "
            + "own choice is an older processor)" : "");
    }

    public PeerThreads Threads { get; }

    /// <summary>Name and version.</summary>
    public string Version { get; }

    /// <summary>The linear algebra libraries it has loaded, as far as the system tells.</summary>
    public string Libraries { get; }

    /// <summary>The core type that its BLAS says it has kernels for; empty where it does not say.</summary>
    public string Core { get; }

    /// <summary>Its kernels, for people.</summary>
    public string Kernels { get; }

    /// <summary>The widest instructions of its own loops, as it names them.</summary>
    public string Loops { get; }

    /// <summary>Why its times are no fair comparison, or null.</summary>
    public string? Refusal { get; }

    /// <summary>The shell's variables that it was started without.</summary>
    public IReadOnlyList<string> Removed { get; }

    /// <summary>Whether it can compute on a GPU.</summary>
    public bool HasCuda { get; }

    /// <summary>Finds a Python with NumPy, rather one with PyTorch too.</summary>
    /// <param name="wanted">The user's choice, or null.</param>
    /// <exception cref="UserErrorException">There is none.</exception>
    public static (string Python, bool HasTorch) Find(string? wanted)
    {
        string[] candidates = wanted is not null
            ? [wanted] : OperatingSystem.IsWindows() ? ["python", "python3"] : ["python3", "/usr/bin/python3"];
        string? withNumpy = null;
        foreach (var python in candidates)
        {
            var (numpy, torch) = Probe(python);
            if (numpy && torch)
            {
                return (python, true);
            }

            if (numpy)
            {
                withNumpy ??= python;
            }
        }

        return withNumpy is not null
            ? (withNumpy, false)
            : throw new UserErrorException("There is no NumPy to compare with", where: wanted is null
                ? "Python" : "--python",
                expected: "a Python that can import numpy (and torch, for the comparisons with PyTorch)",
                found: $"none among {string.Join(", ", candidates)}", todo: Install);
    }

    /// <summary>Takes up a job.</summary>
    public void Make(JsonObject job) => Ask(job);

    /// <summary>Forgets it.</summary>
    public void Drop() => Ask(new JsonObject { ["drop"] = true });

    /// <summary>Takes steps from the start, after a warm-up.</summary>
    public Turn Run(int steps, int warm)
    {
        var answer = Ask(new JsonObject { ["run"] = steps, ["warm"] = warm });
        return new Turn(answer["seconds"]!.GetValue<double>(), answer["work"]!.GetValue<long>());
    }

    /// <summary>What the job gives after so many steps.</summary>
    public double Result(int steps) => Ask(new JsonObject { ["result"] = steps })["value"]!.GetValue<double>();

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            // The end of its input ends it.
            process.StandardInput.Close();
            if (!process.WaitForExit(2000))
            {
                process.Kill();
            }
        }
        catch (Exception e) when (e is InvalidOperationException or IOException)
        {
            // It is gone already.
        }

        process.Dispose();
        try
        {
            scripts.Delete(recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The system clears its temporary files itself.
        }
    }

    private void WriteScripts()
    {
        const string prefix = "MnistGpu.Peers.";
        var assembly = typeof(PeerProcess).Assembly;
        foreach (var name in assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(prefix, StringComparison.Ordinal)))
        {
            using var script = assembly.GetManifestResourceStream(name)!;
            using var file = File.Create(Path.Combine(scripts.FullName, name[prefix.Length..]));
            script.CopyTo(file);
        }
    }

    private static (bool Numpy, bool Torch) Probe(string python)
    {
        const string question = "import importlib.util as u; print(*(int(u.find_spec(n) is not None) for n in "
            + "('numpy', 'torch')))";
        try
        {
            using var probe = Process.Start(new ProcessStartInfo(python,
                ["-c", question])
            { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var answer = probe.StandardOutput.ReadToEnd().Trim();
            probe.WaitForExit();
            return (answer.StartsWith('1'), answer.EndsWith('1'));
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return (false, false);
        }
    }

    private JsonNode Ask(JsonObject request)
    {
        try
        {
            process.StandardInput.WriteLine(request.ToJsonString());
            process.StandardInput.Flush();
        }
        catch (IOException)
        {
            // It ended; reading says so.
        }

        return Read();
    }

    private JsonNode Read()
    {
        var line = process.StandardOutput.ReadLine();
        try
        {
            return JsonNode.Parse(line ?? "")!;
        }
        catch (JsonException e)
        {
            throw new UserErrorException("The Python side ended", where: process.StartInfo.FileName, found: line
                ?? "its own message above",
                todo: $"mend that, or choose another by --python. {Install}", inner: e);
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
