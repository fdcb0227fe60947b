namespace MnistGpu.Program.Commands;

/// <summary>What several commands refuse in the same words.</summary>
internal static class CommonErrors
{
    /// <summary>A model whose parameters are finite and whose outputs are not.</summary>
    public static UserErrorException NoNumbers(string model) =>
        new("This model cannot compute: its outputs are no numbers", where: model,
            expected: "parameters of ordinary size", found: "numbers too large for float32",
            todo: "use a model whose training did not diverge");
}
