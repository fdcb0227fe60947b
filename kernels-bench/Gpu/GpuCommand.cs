using System.CommandLine;
using MnistGpu.Bench.Gpu.Running;
using MnistGpu.Bench.Gpu.Stages;
using MnistGpu.Bench.Measuring;
using MnistGpu.Data.Sources;
using MnistGpu.Files;
using MnistGpu.Gpu;

namespace MnistGpu.Bench.Gpu;

/// <summary>Proof, speed and comparison of one device, in the minutes that there are.</summary>
internal static class GpuCommand
{
    /// <summary>The stages in their order.</summary>
    public static IReadOnlyList<Stage> Stages { get; } =
    [
        FactsStage.Create(),
        ProofStage.Create(),
        GoalsStage.Create(),
        LadderStage.Create(),
        ProfileStage.Create(),
        CrossoverStage.Create(),
        TrainingStage.Create(),
        TuningStage.Create(),
        GoalsStage.CreateTuned(),
    ];

    /// <summary>The command for users.</summary>
    public static Command Create(Func<Func<int>, Task<int>> guarded)
    {
        var device = new Option<string>("--device")
        {
            Description = "the device: cuda, opencl, opencl:1, …; gpu is the best GPU here, cpu the simulator",
            HelpName = "name",
            DefaultValueFactory = _ => "gpu"
        };
        var minutes = new Option<double>("--minutes")
        {
            Description = "how long it may take",
            HelpName = "n",
            DefaultValueFactory = _ => 9
        };
        var folder = new Option<string>("--out")
        {
            Description = "the folder for results.md and the JSON files",
            HelpName = "folder",
            Required = true
        };
        var resume = new Option<bool>("--continue")
        {
            Description = "do only what is missing or failed in that folder"
        };
        var data = Data();
        var rehearse = new Option<bool>("--rehearse") { Hidden = true };
        var command = new Command("gpu",
            "Proves and measures one device, stage by stage, and writes a page of results.")
        {
            device, minutes, data, folder, resume, rehearse,
        };
        command.SetAction((parse, cancel) => guarded(() => Run(new RunOptions(
            parse.GetValue(folder)!, parse.GetValue(device)!, parse.GetValue(data)!,
            parse.GetValue(minutes), parse.GetValue(resume))
        {
            Say = Console.WriteLine,
            More = parse.GetValue(rehearse) ? ["--rehearse"] : [],
        }, parse.GetValue(rehearse), cancel)));
        return command;
    }

    /// <summary>The command that does a stage in its own process.</summary>
    public static Command CreateStage(Func<Func<int>, Task<int>> guarded)
    {
        var name = new Argument<string>("stage");
        var device = new Option<string>("--device") { Required = true };
        var folder = new Option<string>("--out") { Required = true };
        var seconds = new Option<double>("--seconds") { Required = true };
        var begun = new Option<long?>("--begun");
        var work = new Option<string?>("--work");
        var data = Data();
        var rehearse = new Option<bool>("--rehearse");
        var command = new Command(GpuCommandNames.Stage, "Does one stage.")
        {
            name, device, folder, seconds, begun, work, data, rehearse,
        };
        command.Hidden = true;
        command.SetAction((parse, _) => guarded(() =>
        {
            EndWithParent();
            var stages = parse.GetValue(rehearse) ? Rehearsal.Stages : Stages;
            using var context = new StageContext(parse.GetValue(folder)!, parse.GetValue(device)!,
                parse.GetValue(data)!, parse.GetValue(seconds), parse.GetValue(begun), parse.GetValue(work));
            var code = StageChild.Run(stages.First(stage => stage.Name == parse.GetValue(name)), context, line =>
            {
                Console.Out.WriteLine(line);
                Console.Out.Flush();
            });
            if (code != 0)
            {
                // A device that is not sure any more is not closed: that may fail, or never end.
                Environment.Exit(code);
            }

            return code;
        }));
        return command;
    }

    /// <summary>Runs the stages.</summary>
    /// <exception cref="UserErrorException">An option is wrong.</exception>
    private static int Run(RunOptions options, bool rehearse, CancellationToken cancel)
    {
        var run = Prepare(options, rehearse, cancel);
        return new GpuRun(rehearse ? Rehearsal.Stages : Stages, run.Options, run.Record).Run(cancel);
    }

    /// <summary>What a run works with: its options with whole names, and what is known of it.</summary>
    /// <exception cref="UserErrorException">An option is wrong.</exception>
    internal static (RunOptions Options, RunRecord Record) Prepare(RunOptions options, bool rehearse,
        CancellationToken cancel)
    {
        if (!(options.Minutes is >= 0.1 and <= 600))
        {
            throw new UserErrorException("So long it cannot take", where: "--minutes", expected: "0.1 to 600",
                found: $"{options.Minutes}");
        }

        var choice = rehearse ? Engines.Choose("cpu") : Engines.Choose(options.Device);
        if (!choice.HasKernels)
        {
            throw new UserErrorException("This is no device with kernels", where: "--device",
                expected: "a GPU, or opencl or cpu to try the command", found: options.Device);
        }

        if (!rehearse && options.Device == "gpu" && choice.IsHostSimulation)
        {
            throw new UserErrorException("There is no GPU here", where: "--device",
                expected: "a CUDA or OpenCL GPU and its driver", found: "none",
                todo: "name --device cpu to try the command on the simulator, or opencl with MNISTGPU_POCL=1 on PoCL");
        }

        options = options with { Folder = MakeFolder(options.Folder) };
        AtomicFile.RequireWritable(Path.Combine(options.Folder, GpuPage.FileName));
        var before = Before(options, rehearse ? Rehearsal.Stages : Stages);
        var description = $"{choice.Kind}: {choice.Description}";
        RequireSame("another device", before?.Device, choice.Name);
        RequireSame("another device", before?.Description, description);
        var (source, images) = rehearse ? (options.Source, "no images") : Images(options.Source, cancel);
        RequireSame("other images", before?.Images, images);
        // What is no GPU compiles and computes so slowly that silence tells little.
        options = options with { IsSlow = !rehearse && !choice.IsGpu };
        var record = before ?? new RunRecord(
            Machine.Read(), choice.Name, description, images, []);
        return (options with { Device = choice.Name, Source = source }, record);

        void RequireSame(string what, string? then, string now)
        {
            if (then is not null && then != now)
            {
                throw new UserErrorException($"These results are of {what}", where: $"--out {options.Folder}",
                    expected: $"those of {now}", found: $"those of {then}", todo: "name another folder");
            }
        }
    }

    private static string MakeFolder(string folder)
    {
        try
        {
            return Directory.CreateDirectory(folder).FullName;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new UserErrorException("This folder cannot be made", where: $"--out {folder}",
                expected: "a folder, or a name for one", found: e.Message, todo: "choose another place", inner: e);
        }
    }

    // What an earlier run left in the folder; null for nothing.
    private static RunRecord? Before(RunOptions options, IReadOnlyList<Stage> stages)
    {
        var before = RunRecord.Load(options.Folder);
        if (before is not null && !options.Continue)
        {
            throw new UserErrorException("This folder has results already", where: $"--out {options.Folder}",
                expected: "an empty folder", found: RunRecord.FileName,
                todo: "add --continue to do what is missing, or name another folder");
        }

        // Nobody knows what these are results of.
        var strays = stages.Select(stage => $"{stage.Name}.json").Append(GpuPage.FileName)
            .Where(name => before is null && Path.Exists(Path.Combine(options.Folder, name))).ToArray();
        return strays.Length == 0 ? before : throw new UserErrorException(
            "This folder has results, and not what they are of", where: $"--out {options.Folder}",
            expected: $"no results, or {RunRecord.FileName} beside them", found: string.Join(", ", strays),
            todo: "move them away, or name another folder");
    }

    // Looked for once: a machine without a network need not wait for it in every stage.
    private static (string Source, string Images) Images(string source, CancellationToken cancel)
    {
        var data = DataSource.Load(source, new DataRequest { Say = Console.Error.WriteLine }, cancel);
        if (data.Notice is { } notice)
        {
            Console.Error.WriteLine(notice);
        }

        var test = data.Test is { } set ? $", {set.Count:N0} to test on" : ", none to test on";
        return (data.Notice is null ? DataSource.IsWord(source) ? source : Path.GetFullPath(source) : "synthetic",
            CommonOptions.Describe(data.Train) + test);
    }

    private static Option<string> Data() => new("--data")
    {
        Description = "auto, synthetic, a folder or a CSV file, as the program takes it",
        HelpName = "source",
        DefaultValueFactory = _ => "auto"
    };

    // A stage whose parent is gone would measure for nobody.
    private static void EndWithParent() => new Thread(() =>
    {
        while (Console.In.Read() >= 0)
        {
        }

        Environment.Exit(130);
    })
    { IsBackground = true }.Start();
}
