using MnistGpu.Program;
using MnistGpu.Program.Commands;
using MnistGpu.Program.Settings;

namespace MnistGpu.Tests.Program;

/// <summary>Words that other programs have, and words in another case, are understood or answered with the right
/// ones.</summary>
public sealed class MisuseTests
{
    [Theory]
    [InlineData("train --lr 0.1", "--lr", "write --rate 0.1")]
    [InlineData("train --learning_rate=0.1", "--learning_rate", "write --rate 0.1")]
    [InlineData("train --batch-size 32", "--batch-size", "write --batch 32")]
    [InlineData("train --gpu", "--gpu", "write --device gpu")]
    [InlineData("train --cpu", "--cpu", "write --device simd")]
    [InlineData("train --momentum 0.9", "--momentum", "write --optimizer momentum, whose factor is 0.9")]
    [InlineData("train --units 64", "--units", "--hidden 64")]
    [InlineData("train --Epochs 3", "--Epochs", "write --epochs")]
    [InlineData("train --output m", "--output", "write --save m")]
    [InlineData("train -o m", "-o", "write --save m")]
    [InlineData("train --netwrok 784-10", "--netwrok", "did you mean --network?")]
    [InlineData("train --list-presets", "--list-presets", "--preset list")]
    [InlineData("compare --lr 0.1", "--lr", "see --help")]
    [InlineData("trian", "'trian'", "did you mean train?")]
    [InlineData("TRAIN", "'TRAIN'", "did you mean train?")]
    [InlineData("help", "'help'", "write --help")]
    [InlineData("test", "'test'", "write evaluate")]
    [InlineData("data shwo", "'shwo'", "did you mean show?")]
    [InlineData("train extra", "'extra'", "see --help")]
    [InlineData("evaluate", "none", "evaluate <model>")]
    [InlineData("", "none", "begin with train")]
    public void OneErrorNamesTheWordAndWhatToWrite(string line, string found, string todo)
    {
        var parsed = Root.Create().Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries),
            TrainArguments.Parsing);
        Assert.NotEmpty(parsed.Errors);
        var fault = Misuse.Fault(parsed);
        Assert.Contains($"found    : {found}", fault, StringComparison.Ordinal);
        Assert.Contains(todo, fault.Split("to do    : ")[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("train --init He --optimizer ADAM --preset Quick --data SYNTHETIC --batch FULL --limit All")]
    [InlineData("train --schedule One-Cycle --deform Rotate=5 --activation ReLU --order FILE")]
    [InlineData("train --preset LIST --deform NONE --product Auto --fusion OFF")]
    public void ValuesAreReadInAnyCase(string line)
    {
        var words = line.Split(' ');
        var lower = words.Select((word, i) => i > 0 && i % 2 == 0 ? word.ToLowerInvariant() : word).ToArray();
        var (written, small) = (Root.Create().Parse(words), Root.Create().Parse(lower));
        Assert.Empty(written.Errors);
        Assert.Equal(small.CommandResult.Command.Options.Select(option => small.GetValue<object?>(option.Name)),
            written.CommandResult.Command.Options.Select(option => written.GetValue<object?>(option.Name)));
    }

    [Theory]
    [InlineData("--rate 0,1", "write a point, not a comma: --rate 0.1")]
    [InlineData("--dropout 0,25", "write a point, not a comma: --dropout 0.25")]
    [InlineData("--rate one", "give another --rate")]
    public void ACommaInANumberIsNamed(string option, string todo)
    {
        var error = Assert.Single(Root.Create().Parse(["train", .. option.Split(' ')]).Errors);
        Assert.EndsWith(todo, error.Message, StringComparison.Ordinal);
    }
}
