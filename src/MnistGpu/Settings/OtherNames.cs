namespace MnistGpu.Program.Settings;

/// <summary>What other programs call the options and commands of this one.</summary>
internal static class OtherNames
{
    private static readonly (string Instead, string[] Names)[] Options =
    [
        ("--rate", ["lr", "learning-rate", "alpha", "eta", "step-size"]),
        ("--batch", ["batch-size", "batchsize", "bs", "minibatch", "mini-batch", "b"]),
        ("--epochs", ["epoch", "num-epochs", "n-epochs", "max-epochs", "e"]),
        ("--iterations", ["steps", "iters", "max-steps", "max-iter", "num-steps"]),
        ("--network", ["layers", "arch", "widths", "model"]),
        ("--hidden", ["hidden-size", "hidden-units", "hidden-layers", "units"]),
        ("--device", ["gpu", "cuda", "opencl", "cpu", "use-gpu", "use-cuda", "gpus", "accelerator"]),
        ("--optimizer", ["momentum", "nesterov", "adam", "adamw", "sgd", "rmsprop", "optim", "opt"]),
        ("--decay", ["weight-decay", "wd", "l2", "lambda"]),
        ("--smoothing", ["label-smoothing"]),
        ("--save", ["output", "out", "o", "save-model", "model-out"]),
        ("--data", ["dataset", "data-dir", "datadir", "input", "d"]),
        ("--dev", ["val", "valid", "validation", "val-split", "validation-split", "holdout"]),
        ("--patience", ["early-stopping", "early-stop"]),
        ("--schedule", ["scheduler", "lr-schedule", "lr-scheduler"]),
        ("--seed", ["random-seed", "manual-seed", "random-state"]),
        ("--clip", ["grad-clip", "clip-norm", "gradient-clip", "max-norm"]),
        ("--averaging", ["ema", "swa"]),
        ("--deform", ["augment", "augmentation", "transform", "distort"]),
        ("--threads", ["workers", "num-workers", "jobs", "j", "num-threads"]),
        ("--start", ["load", "weights", "pretrained", "from"]),
        ("--init", ["weight-init", "initialization", "initializer", "kernel-initializer"]),
        ("--history", ["log", "csv", "log-file"]),
        ("--report", ["html", "plot"]),
        ("--repeat", ["runs", "seeds"]),
        ("--limit", ["images", "samples", "num-images", "n-train", "subset"]),
        ("--live", ["dashboard", "web", "ui"]),
        ("--quiet", ["silent", "q"]),
        ("--preset", ["recipe", "config"]),
    ];

    private static readonly Dictionary<string, string> Commands = new()
    {
        ["help"] = "--help",
        ["fit"] = "train",
        ["learn"] = "train",
        ["run"] = "train",
        ["test"] = "evaluate",
        ["eval"] = "evaluate",
        ["score"] = "evaluate",
        ["classify"] = "predict",
        ["infer"] = "predict",
        ["recognize"] = "predict",
        ["benchmark"] = "compare",
        ["bench"] = "compare",
        ["web"] = "serve",
        ["server"] = "serve",
        ["draw"] = "serve",
        ["check"] = "verify",
        ["gpus"] = "devices",
        ["download"] = "data download",
        ["licenses"] = "licences",
        ["license"] = "licences",
    };

    /// <summary>What to write for an option of another program; null where none is known.</summary>
    /// <param name="word">The word on the command line, which may go on with = and a value.</param>
    /// <param name="value">The word after it; null for none.</param>
    /// <param name="has">Whether the command has an option of this name.</param>
    public static string? Option(string word, string? value, Func<string, bool> has)
    {
        var parts = word.Split('=', ':');
        var own = parts[0].Replace('_', '-').ToLowerInvariant();
        if (own != parts[0] && has(own))
        {
            return $"write {own}, in small letters and with hyphens";
        }

        var name = own.TrimStart('-');
        var instead = Array.Find(Options, option => option.Names.Contains(name)).Instead;
        if (instead is null || !has(instead))
        {
            return null;
        }

        var given = parts.Length > 1 ? parts[1] : value?.StartsWith('-') == false ? value : null;
        return (instead, name) switch
        {
            ("--device", "opencl") => "--device opencl",
            ("--device", "cuda" or "use-cuda") => "--device cuda",
            ("--device", "cpu") => "--device simd, the fast engine on this CPU",
            ("--device", "accelerator") => Here("--device", given, "auto"),
            ("--device", _) => "--device gpu",
            ("--optimizer", "momentum") => "--optimizer momentum, whose factor is 0.9",
            ("--optimizer", "sgd") => "--optimizer gd",
            ("--optimizer", "optim" or "opt") => Here("--optimizer", given, "adam"),
            ("--optimizer", _) => $"--optimizer {name}",
            ("--network", _) => "--network with all widths, from the pixels to the digits: --network "
                + $"784-{(int.TryParse(given, out var units) && units > 0 ? units : 128)}-10",
            ("--deform", _) => $"--deform with ranges, such as --deform {DeformText.Example}",
            _ => Here(instead, given, null),
        };
    }

    /// <summary>What to write for a command of another program; null where none is known.</summary>
    public static string? Command(string word) => Commands.GetValueOrDefault(word.ToLowerInvariant());

    private static string Here(string option, string? given, string? usual) =>
        $"{option} {given ?? usual}".TrimEnd();
}
