using System.CommandLine;
using MnistGpu.Files;
using MnistGpu.Program.Settings;
using MnistGpu.Training;

namespace MnistGpu.Program.Jobs;

/// <summary>Makes a request of the options of <c>train</c>.</summary>
internal static class TrainReader
{
    /// <summary>The options given, completed by those of the checkpoint or the recipe that they name.</summary>
    /// <exception cref="UserErrorException">They do not fit each other or the checkpoint.</exception>
    public static TrainRequest Read(Command command, ParseResult parsed)
    {
        var given = TrainArguments.Given(parsed);
        if (TrainSettings.Resume.In(parsed) is { } file)
        {
            var from = Checkpoint.Load(file);
            var all = CheckpointSettings.Options(from.Metadata);
            var kept = TrainArguments.Parse(command, all, from.Path);
            TrainArguments.RefuseContradictions(parsed, kept, from.Path);
            foreach (var option in given)
            {
                all[option.Key] = option.Value;
            }

            foreach (var setting in TrainSettings.All.Where(s => s.IsWritten && !given.ContainsKey(s.Name)))
            {
                if (all.GetValueOrDefault(setting.Name) is { } path)
                {
                    KeptPaths.Require(setting, path, from);
                }
            }

            all.TryAdd(TrainSettings.Checkpoint.Name, AtomicFile.Replaced(file));
            return Check(new TrainRequest(TrainArguments.Parse(command, all, from.Path), from) { Typed = given });
        }

        return Check(new TrainRequest(TrainSettings.Preset.IsGivenIn(parsed)
            && TrainSettings.Preset.In(parsed) is { } name
            ? TrainArguments.Parse(command, TrainArguments.Over(Preset.Named(name).Options(), given),
                $"--preset {name}")
            : parsed)
        { Typed = given });
    }

    private static TrainRequest Check(TrainRequest request)
    {
        var isStarted = request.StartFile is not null;
        CommonOptions.RefuseBoth(request.Network is not null && TrainSettings.Hidden.IsGivenIn(request.Parsed),
            "The network is given twice", "--network and --hidden", "leave one out");
        CommonOptions.RefuseBoth(isStarted && TrainSettings.Init.IsGivenIn(request.Parsed),
            "The start is given twice", "--start and --init", "leave out --init");
        // As the user wrote it: a recipe may have asked for the committee.
        var committee = request.Typed.ContainsKey(TrainSettings.Committee.Name) ? TrainSettings.Committee.Name
            : $"{TrainSettings.Preset.Name} {request.Preset.Name}";
        var several = request.IsCommittee ? committee : TrainSettings.Repeat.Name;
        CommonOptions.RefuseBoth(request.IsCommittee && TrainSettings.Repeat.In(request.Parsed) > 1,
            "A committee is trained once", $"{committee} and {TrainSettings.Repeat.Name}",
            "leave out --repeat: a committee's seeds are reported one by one");
        CommonOptions.RefuseBoth(isStarted && request.Runs > 1,
            "A start from a file is the same for every seed", $"--start and {several}",
            $"leave out {several}, or draw the starts with --init");
        CommonOptions.RefuseBoth(request.Iterations is not null && request.Epochs is not null,
            "The length of the run is given twice", "--iterations and --epochs", "leave one out");
        CommonOptions.RefuseBoth(request.CheckpointFile is not null && request.Runs > 1,
            "A checkpoint is of one run", $"--checkpoint and {several}", request.IsCommittee
                ? "leave out --checkpoint, or train the networks one by one with --committee 1 --seed, and join them"
                : "leave one out, or train the seeds one by one with --seed");
        RequireBeside(request.Every is not null && request.CheckpointFile is null,
            "There is no checkpoint to write so often", "--every", "--checkpoint FILE beside it",
            "name the file, or leave out --every");
        if (request.MustReach && request.Preset.Mark is null)
        {
            throw new UserErrorException("This recipe has no pass mark: nobody measured what it reaches",
                where: TrainSettings.MustReach.Name, expected: $"one that has: {Presets.Marked}",
                found: request.Preset.Name, todo: $"leave out {TrainSettings.MustReach.Name}");
        }

        request.Options.RequireUsable();
        return request;
    }

    private static void RequireBeside(bool missing, string what, string where, string expected, string todo)
    {
        if (missing)
        {
            throw new UserErrorException(what, where, expected, found: "none", todo: todo);
        }
    }
}
