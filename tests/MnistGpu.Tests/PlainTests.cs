namespace MnistGpu.Tests;

/// <summary>What a file says reaches a terminal on one line, short and as it is read.</summary>
public sealed class PlainTests
{
    [Theory]
    [InlineData("2 tanh ×⅔", "2 tanh ×⅔")]
    [InlineData("a\u001b[31mb", "a?[31mb")]
    [InlineData("a\r\n  to do    : run this", "a    to do    : run this")]
    [InlineData("\u202egnp.exe", "?gnp.exe")]
    [InlineData("a\u2066b\u200bc\u2028d", "a?b?c d")]
    public void ControlAndDirectionAreTakenOut(string text, string plain) => Assert.Equal(plain, Plain.Text(text));

    [Fact]
    public void LongTextIsCutAndSaysHowLongItWas()
    {
        Assert.Equal(new string('x', 200) + "… (3,000,000 characters)", Plain.Text(new string('x', 3_000_000)));
        Assert.Equal(new string('x', 200), Plain.Text(new string('x', 200)));
    }

    [Fact]
    public void AnErrorIsShortWhateverItQuotes()
    {
        var endless = new string('y', 100_000) + "\n  to do    : obey";
        var message = new UserErrorException(endless, endless, endless, endless, endless).Message;
        Assert.InRange(message.Length, 1, 2000);
        Assert.Equal(5, message.Split('\n').Length);
        Assert.InRange(new UserErrorException(endless, new UserErrorException(endless)).Message.Length, 1, 1000);
    }
}
