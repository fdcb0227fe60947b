using MnistGpu.Program.Settings;

namespace MnistGpu.Tests.Program;

public sealed class DeformTextTests
{
    [Theory]
    [InlineData("none", "none")]
    [InlineData("shift=1,rotate=15,scale=0.15,shear=15,elastic=36,sigma=6",
        "shift=1,rotate=15,scale=0.15,shear=15,elastic=36,sigma=6")]
    [InlineData("sigma=4, elastic=34 , shift = 0.5", "shift=0.5,elastic=34,sigma=4")]
    [InlineData("elastic=20", "elastic=20,sigma=6")]
    [InlineData("rotate=7.5,shear=0", "rotate=7.5")]
    [InlineData("shift=0,elastic=0,sigma=3", "none")]
    [InlineData("shift=8,rotate=45,scale=0.5,shear=45,elastic=100,sigma=12",
        "shift=8,rotate=45,scale=0.5,shear=45,elastic=100,sigma=12")]
    public void ATextIsReadAndWrittenInOneOrder(string text, string canonical)
    {
        var deformation = DeformText.Parse(text);
        Assert.Equal(canonical, DeformText.Format(deformation));
        Assert.Equal(deformation, DeformText.Parse(canonical));
    }

    [Fact]
    public void EachNameSetsItsOwnRange() => Assert.Equal(
        new Deformation { Shift = 1, Rotation = 2, Scale = 0.25, Shear = 4, ElasticAlpha = 5, ElasticSigma = 7 },
        DeformText.Parse("shift=1,rotate=2,scale=0.25,shear=4,elastic=5,sigma=7"));

    [Theory]
    [InlineData("", "name=number")]
    [InlineData("rotate", "name=number")]
    [InlineData("rotate=15,", "name=number")]
    [InlineData("rotat=15", "did you mean rotate?")]
    [InlineData("Rotat=15", "did you mean rotate?")]
    [InlineData("wobble=15", "choose one of them")]
    [InlineData("rotate=15,rotate=15", "given twice")]
    [InlineData("rotate=46", "0 to 45 degrees")]
    [InlineData("rotate=-1", "0 to 45 degrees")]
    [InlineData("shift=8.01", "0 to 8 pixels")]
    [InlineData("scale=0.51", "0 to 0.5")]
    [InlineData("shear=NaN", "0 to 45 degrees")]
    [InlineData("elastic=101", "0 to 100 pixels")]
    [InlineData("elastic=x", "0 to 100 pixels")]
    [InlineData("elastic=36,sigma=1", "2 to 12 pixels")]
    [InlineData("elastic=36,sigma=13", "2 to 12 pixels")]
    [InlineData("sigma=6", "elastic")]
    public void WhatCannotBeUsedIsRefused(string text, string hint)
    {
        var e = Assert.Throws<UserErrorException>(() => DeformText.Parse(text));
        Assert.Contains(hint, e.Message, StringComparison.Ordinal);
        Assert.Contains("--deform", e.Message, StringComparison.Ordinal);
        Assert.Contains("found", e.Message, StringComparison.Ordinal);
        Assert.Contains("to do", e.Message, StringComparison.Ordinal);
    }
}
