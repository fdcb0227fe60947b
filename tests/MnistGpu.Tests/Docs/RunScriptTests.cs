using System.Text.RegularExpressions;
using MnistGpu.Program;
using MnistGpu.Tests.Support;

namespace MnistGpu.Tests.Docs;

/// <summary>
/// run.ps1 by reading: there is no PowerShell in most places that run these tests. What it does with commas rests on
/// about_Parsing: "Commas (,) introduce lists passed as arrays, unless the command being called is a native
/// application, in which case they're interpreted as part of the expandable string." A script is no native application.
/// </summary>
public sealed class RunScriptTests
{
    private static readonly string Path = System.IO.Path.Combine(SourceTree.Root, "run.ps1");
    private static readonly string Script = File.ReadAllText(Path);

    [Fact]
    public void ItCanBeRunAsItStands()
    {
        Assert.StartsWith("#!/usr/bin/env pwsh\n", Script, StringComparison.Ordinal);
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("needs a system where files are executable or not");
            return;
        }

        Assert.True(File.GetUnixFileMode(Path).HasFlag(UnixFileMode.UserExecute | UnixFileMode.OtherExecute));
    }

    [Fact]
    public void ItHasEveryCommand()
    {
        var list = Regex.Match(Script, @"\$commands = ([^$]*)\$").Groups[1].Value;
        Assert.Equal(Root.Create().Subcommands.Select(command => command.Name),
            Regex.Matches(list, "'([a-z]+)'").Select(match => match.Groups[1].Value));
        foreach (var verb in (string[])["test", "bench", "pack", "publish"])
        {
            Assert.Contains($"'{verb}' {{", Script, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void ArgumentsWithCommasAreJoinedAgain()
    {
        Assert.DoesNotMatch(@"(?m)^\s*(\[CmdletBinding|param\s*\()", Script);
        Assert.Contains("$args | ForEach-Object { if ($_ -is [array]) { $_ -join ',' }", Script,
            StringComparison.Ordinal);
        Assert.DoesNotContain("@args", Script, StringComparison.Ordinal);
    }
}
