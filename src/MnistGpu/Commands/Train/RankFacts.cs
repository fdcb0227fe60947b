using System.Runtime.InteropServices;
using System.Security.Cryptography;
using MnistGpu.Model;
using MnistGpu.Program.Jobs;
using MnistGpu.Program.Reports;
using MnistGpu.Program.Settings;
using MnistGpu.Ranks;
using MnistGpu.Training;

namespace MnistGpu.Program.Commands.Train;

/// <summary>What must be the same on all ranks of a training, found out before it begins.</summary>
internal static class RankFacts
{
    // Neither is in an option nor in a file's text.
    private const char BetweenFacts = '\u001e', BetweenNameAndValue = '\u001f';

    /// <summary>Ends all ranks where one differs from rank 0, and says which and in what.</summary>
    /// <exception cref="UserErrorException">One does.</exception>
    public static void RequireSame(RankJob job, TrainRequest request, TrainSetup setup, ModelOnData? begin)
    {
        if (job.Ranks.Count == 1)
        {
            return;
        }

        var mine = job.Agree(() => string.Join(BetweenFacts, Facts(request, setup, begin)
            .Select(fact => $"{fact.Name}{BetweenNameAndValue}{fact.Value}")));
        if (Difference(job.Ranks.Gather(mine)) is { } difference)
        {
            throw job.Shared(difference);
        }
    }

    /// <summary>What a rank's facts say otherwise than rank 0's; null for nothing.</summary>
    internal static UserErrorException? Difference(string[] facts)
    {
        var first = facts[0].Split(BetweenFacts);
        for (var rank = 1; rank < facts.Length; rank++)
        {
            var other = facts[rank].Split(BetweenFacts);
            var at = Enumerable.Range(0, Math.Max(first.Length, other.Length))
                .FirstOrDefault(i => first.ElementAtOrDefault(i) != other.ElementAtOrDefault(i), -1);
            if (at >= 0)
            {
                var (name, expected) = Parts(first.ElementAtOrDefault(at));
                var (otherName, found) = Parts(other.ElementAtOrDefault(at));
                return new UserErrorException($"Rank {rank} of {facts.Length} does not do the same as rank 0",
                    where: Plain.Text(name.Length > 0 ? name : otherName),
                    expected: $"{Plain.Text(expected)}, as on rank 0", found: Plain.Text(found),
                    todo: "give all ranks the same program, options and images, on the same kind of machine");
            }
        }

        return null;
    }

    private static (string Name, string Value) Parts(string? fact) =>
        fact?.Split(BetweenNameAndValue, 2) is [var name, var value] ? (name, value) : ("", "nothing");

    private static IEnumerable<(string Name, string Value)> Facts(
        TrainRequest request, TrainSetup setup, ModelOnData? begin)
    {
        yield return ("the program", Versions.Program);
        yield return (".NET", Environment.Version.ToString());
        foreach (var setting in TrainSettings.All.Where(setting => setting.Role == SettingRole.Result))
        {
            yield return (setting.Name, setting.TextIn(request.Parsed));
        }

        yield return ("the device", setup.Engine.Parts.Arithmetic);
        yield return ("the network", $"{setup.Engine.Shape} {setup.Engine.Shape.Activation}");
        yield return ("whether --checkpoint is given", $"{request.CheckpointFile is not null}");
        // A checkpoint gathers the moments of all ranks.
        yield return (TrainSettings.Every.Name, TrainSettings.Every.TextIn(request.Parsed));
        yield return ("the SHA-256 of the images", Checkpoint.HashOf(request.Split(setup.Data, request.Seed)));
        yield return ("the SHA-256 of the test images", setup.Data.Test is { } test
            ? Checkpoint.HashOf(new DevelopmentSplit(test, null)) : "none");
        yield return ("the SHA-256 of the start", begin is null ? "drawn" : HashOf(begin.State));
    }

    private static string HashOf(NetworkState state)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var values in state.W.Concat(state.b).Concat(Moments(state.Moments)))
        {
            hash.AppendData(MemoryMarshal.AsBytes(values.AsSpan()));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static IEnumerable<double[]> Moments(Moments? moments) => moments is null ? []
        : moments.First.dW.Concat(moments.First.db).Concat(moments.Second?.dW ?? []).Concat(moments.Second?.db ?? []);
}
