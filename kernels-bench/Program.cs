using System.CommandLine;
using MnistGpu;
using MnistGpu.Bench.Commands;
using MnistGpu.Bench.Gpu;
using MnistGpu.Bench.Gpu.Running;
using MnistGpu.Bench.Ladder;
using MnistGpu.Bench.Measuring;
using MnistGpu.Bench.Peers;
using MnistGpu.Bench.Scale;
using MnistGpu.Program.Commands;

// How long the console takes to print is no part of any figure: nothing is printed while something is timed.
Console.OutputEncoding = System.Text.Encoding.UTF8;

// This one file is also the program that it measures.
if (args is [GpuCommandNames.Program, .. var arguments])
{
    return (int)typeof(CommandRunner).Assembly.EntryPoint!.Invoke(null, [arguments])!;
}

#if ONNX_RUNTIME
// Before anything else: what parses the options would be warm already.
if (args is [AnswersCommand.FirstAnswer, var name, var file, var bytes])
{
    return AnswersCommand.AnswerOnce(name, file, int.Parse(bytes, System.Globalization.CultureInfo.InvariantCulture));
}
#endif

var device = new Option<string?>("--device")
{
    Description = "the devices to measure, joined by commas; without it "
    + "every one here",
    HelpName = "simd,cuda:0,…"
};
var filter = new Option<string>("--filter")
{
    Description = "measure only rows whose names contain this text",
    DefaultValueFactory = _ => "",
    HelpName = "text"
};
var seconds = new Option<double>("--seconds")
{
    Description = "how long to time each row",
    DefaultValueFactory = _ =>
    0.5,
    HelpName = "s",
    Recursive = true
};
var threads = new Option<int>("--threads")
{
    Description = "threads of simd, and at most of a peer; 0 for one per core",
    HelpName = "n",
    Recursive = true
};
var data = new Option<string>("--data")
{
    Description = "auto, synthetic, a folder or a CSV file, as the program "
    + "takes it",
    DefaultValueFactory = _ => "auto",
    HelpName = "source",
    Recursive = true
};
var json = new Option<bool>("--json") { Description = "print one JSON object instead of tables", Recursive = true };
var results = new Option<bool>("--results")
{
    Description = "write kernels-bench/results/<device>.md as well",
    Recursive = true
};

var root = new RootCommand("Times every operation on every device, verified against the float64 reference first, "
    + "beside what the machine can do at best.")
{
    device, filter, seconds, threads, data, json, results,
};
root.SetAction((parse, cancel) => Guarded(() =>
    LadderCommand.Run(parse.GetValue(device), parse.GetValue(filter)!, Common(parse), cancel)));

var peerFilter = new Option<string>("--filter")
{
    Description = "run only jobs whose names contain this text",
    DefaultValueFactory = _ => "",
    HelpName = "text"
};
var rounds = new Option<int>("--rounds")
{
    Description = "how often each pair takes turns",
    DefaultValueFactory = _ =>
    7,
    HelpName = "n"
};
var python = new Option<string?>("--python")
{
    Description = "the Python to use; without it python3 or "
    + "/usr/bin/python3, whichever has NumPy and PyTorch",
    HelpName = "path"
};
var peers = new Command("peers",
    "Times the same jobs here and in NumPy and PyTorch, in turn, and prints the ratios.") { peerFilter, rounds,
    python };
peers.SetAction((parse, cancel) => Guarded(() =>
    PeersCommand.Run(parse.GetValue(peerFilter)!, parse.GetValue(rounds), parse.GetValue(python), Common(parse),
        cancel)));
root.Add(peers);

var ptxFilter = new Option<string>("--filter")
{
    Description = "take only kernels whose names contain this text",
    DefaultValueFactory = _ => "",
    HelpName = "text"
};
var keep = new Option<string?>("--keep")
{
    Description = "leave the PTX and the machine code in this folder",
    HelpName = "folder"
};
var ptx = new Command("ptx",
    "Assembles every kernel for NVIDIA GPUs, without one, and prints the registers and memory that ptxas reports.")
    { ptxFilter, keep };
ptx.SetAction((parse, cancel) => Guarded(() =>
    PtxCommand.Run(parse.GetValue(ptxFilter)!, parse.GetValue(keep), Common(parse), cancel)));
root.Add(ptx);

var url = new Argument<string>("url")
{
    Description = "what mnistgpu serve prints",
    DefaultValueFactory = _ =>
    "http://127.0.0.1:5080/"
};
var clients = new Option<string>("--clients")
{
    Description = "how many ask at once, in turn",
    DefaultValueFactory = _ => "1,200",
    HelpName = "n,…"
};
var serveLatency = new Command("serve-latency",
    "Times the answers of a running mnistgpu serve: median and 99th percentile for each number of clients.") { url,
    clients };
serveLatency.SetAction((parse, cancel) =>
    Guarded(() => ServeLatencyCommand.Run(parse.GetValue(url)!, parse.GetValue(clients)!, Common(parse), cancel)
    .GetAwaiter().GetResult()));
root.Add(serveLatency);

#if ONNX_RUNTIME
var answers = new Command("answers",
    "Times the library's answers beside ONNX Runtime's: the first after loading, then answers a second.");
answers.SetAction((parse, cancel) => Guarded(() => AnswersCommand.Run(Common(parse), cancel)));
root.Add(answers);
#endif

var read = new Command("read", "Times how fast the same images are read as CSV, IDX, .npz and pictures.");
read.SetAction((parse, cancel) => Guarded(() => ReadCommand.Run(Common(parse), cancel)));
root.Add(read);

var phaseFilter = new Option<string>("--filter")
{
    Description = "take only jobs whose names contain this text",
    DefaultValueFactory = _ => "",
    HelpName = "text"
};
var phases = new Command("phases", "Tells where the time of a training step on simd goes, phase by phase.")
    { phaseFilter };
phases.SetAction((parse, cancel) => Guarded(() =>
    PhasesCommand.Run(parse.GetValue(phaseFilter)!, Common(parse), cancel)));
root.Add(phases);

var resident = new Command(Facts.ResidentCommand,
    "Runs the tutorial's job alone and prints its memory.")
{ Hidden = true };
resident.SetAction((parse, cancel) => Guarded(() =>
{
    var common = Common(parse);
    Facts.RunResident(common.Images(cancel), common.Threads);
    return 0;
}));
root.Add(resident);

root.Add(ScaleCommand.Create(Guarded, Common));
root.Add(GpuCommand.Create(Guarded));
root.Add(GpuCommand.CreateStage(Guarded));

// Ctrl-C ends the run after the row under way.
// A word with an @ is a name, never a file with more words.
return await root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null })
    .InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromMinutes(1) });

CommonOptions Common(ParseResult parse) => CommonOptions.Create(
    parse.GetValue(seconds), parse.GetValue(threads), parse.GetValue(data)!, parse.GetValue(json),
        parse.GetValue(results), args);

static Task<int> Guarded(Func<int> run) => Task.Run(() =>
{
    try
    {
        return run();
    }
    catch (UserErrorException e)
    {
        Console.Error.WriteLine(e.Message);
        return 2;
    }
    catch (OperationCanceledException)
    {
        return 130;
    }
});
