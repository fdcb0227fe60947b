using System.Xml.Linq;
using MnistGpu.Program.Reports;
using MnistGpu.Program.Settings;

namespace MnistGpu.Tests.Reports;

public sealed class MarkupTests
{
    [Fact]
    public void WhatComesFromOutsideIsText()
    {
        var evil = "</style><script>alert('x')</script> & \"quoted\" \u0001 \ud800 é ✗";
        var element = XElement.Parse(Markup.From($"<p title=\"{evil}\">{evil}</p>").ToString());
        var expected = "</style><script>alert('x')</script> & \"quoted\" \uFFFD \uFFFD é ✗";
        Assert.Empty(element.Elements());
        Assert.Equal((expected, expected), (element.Value, (string?)element.Attribute("title")));
    }

    [Fact]
    public void PiecesStayMarkupAndNumbersAreInvariant() =>
        Assert.Equal("<p><b>1.5</b><i>x</i></p>",
            Markup.From($"<p>{Markup.From($"<b>{1.5:0.0}</b>")}{new[] { Markup.From($"<i>{"x"}</i>") }}</p>")
                .ToString());

    [Theory]
    [InlineData("--rate|0.1", "--rate 0.1")]
    [InlineData("--data|my folder", "--data 'my folder'")]
    [InlineData("it's", @"'it'\''s'")]
    [InlineData("$HOME;rm *", "'$HOME;rm *'")]
    [InlineData("", "''")]
    public void ACommandCanBeGivenToAShell(string words, string expected)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "quotes as POSIX shells read them");
        Assert.Equal(expected, CommandText.Join(words.Split('|')));
    }
}
