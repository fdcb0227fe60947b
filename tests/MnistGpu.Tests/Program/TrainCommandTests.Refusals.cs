using MnistGpu.Model;
using MnistGpu.Tests.Support;
using MnistGpu.Training;

namespace MnistGpu.Tests.Program;

/// <summary>What train refuses, in words, before anything is trained.</summary>
public sealed partial class TrainCommandTests
{
    public static TheoryData<string, string> WrongUsage => new()
    {
        { "--network 784", "784-10-10" },
        { "--network 784-0-10", "widths from 1" },
        { "--network 783-10-10", "783" },
        { "--network 784-10-11", "10" },
        { "--network abc", "'abc'" },
        { "--rate nan", "--rate" },
        { "--rate 0", "--rate" },
        { "--rate -1", "--rate" },
        { "--rate inf", "--rate" },
        { "--rate 0,1", "a point, not a comma: --rate 0.1" },
        { "--iterations -1", "--iterations" },
        { "--iterations many", "--iterations" },
        { "--limit 0", "--limit" },
        { "--dev 600", "--dev" },
        { "--dev 100000000", "--dev" },
        { "--repeat 0", "--repeat" },
        { "--threads -2", "--threads" },
        { "--seed -1", "--seed" },
        { "--order sorted", "shuffled" },
        { "--init unifrom", "did you mean uniform?" },
        { "--device cuda:7", "simd" },
        { "--device toaster", "simd" },
        { "--start nowhere.safetensors", "no such file" },
        { "--save nofolder/model.safetensors", "nofolder" },
        { "--save .", "folder" },
        { "--batch 501", "1 to 500" },
        { "--batch 0", "--batch" },
        { "--batch half", "full" },
        { "--epochs 3 --iterations 3", "one of them" },
        { "--epochs -1", "--epochs" },
        { "--optimizer adm", "did you mean adam?" },
        { "--schedule onecycle", "did you mean one-cycle?" },
        { "--smoothing 1", "--smoothing" },
        { "--decay nan", "--decay" },
        { "--dropout 1", "--dropout" },
        { "--dropout 0.99999", "0.99999" },
        { "--dropout 0.5 --network 784-10", "hidden layers" },
        { "--averaging 1", "--averaging" },
        { "--clip -1", "--clip" },
        { "--activation thanh", "did you mean tanh?" },
        { "--deform rotat=5", "did you mean rotate?" },
        { "--deform rotate=95", "0 to 45" },
        { "--final-rate 0.001", "--schedule exponential" },
        { "--final-rate 1 --schedule exponential --rate 0.1", "at most 0.1" },
        { "--limit many", "all" },
        { "--preset quik", "did you mean quick?" },
        { "--every 5", "--checkpoint FILE" },
        { "--checkpoint c --repeat 2", "--repeat" },
        { "--committee 0", "--committee" },
        { "--committee 101", "--committee" },
        { "--committee 2 --repeat 2", "--committee and --repeat" },
        { "--committee 2 --checkpoint c", "--checkpoint and --committee" },
        { "--checkpoint nofolder/c", "nofolder" },
        { "--history nofolder/h", "nofolder" },
        { "--patience 3", "--batch" },
        { "--patience 3 --batch 50 --dev 0", "images held out" },
        { "--resume nowhere", "--checkpoint FILE" },
        { "--checkpoint model.safetensors", "the file of --save" },
        { "--save x --checkpoint ./x", "the file of --save" },
        { "--save c.previous --checkpoint c", "the file of --save" },
        { "--save x --history x", "the file of --save" },
        { "--checkpoint c --history c", "the file of --checkpoint" },
        { "--history model.safetensors", "another format's name" },
        { "--rate 1e-50", "--rate" },
        { "--network 784--10", "nothing between two" },
        { "--network 784-16777216-10", "parameters" },
        { "--data nowhere", "nowhere" },
        { "--data", "--data" },
        { "--iteration 5", "--iterations" },
        { "extra", "extra" },
    };

    [Theory]
    [MemberData(nameof(WrongUsage))]
    public void WrongUsageIsRefusedInWordsBeforeTraining(string arguments, string says)
    {
        var run = ProgramRun.Run(folder, With(arguments));
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(says, run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("step", run.Output, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void AModelForAnotherNetworkIsRefused()
    {
        ModelFile.Save(folder.File("m"), Initialization.Draw(NetworkShape.Parse("784-6-10"), Start.He, 1), false,
            new Dictionary<string, string>());
        var run = ProgramRun.Run(folder, [.. Small, "--start", "m", "--network", "784-10-10"]);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("784-6-10", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void MoreImagesThanThereAreAreRefused()
    {
        Assert.Equal(0, ProgramRun.Run(folder, "data", "synth", "digits", "--count", "50", "--test", "0").ExitCode);
        var run = ProgramRun.Run(folder, "train", "--data", "digits", "--limit", "51", "--dev", "0");
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("1 to 50", run.Error, StringComparison.Ordinal);
    }
}
