using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using MnistGpu.Model;
using MnistGpu.Tests.Support;
using MnistGpu.Training;

namespace MnistGpu.Tests.Training;

public sealed class ModelFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void WhatIsSavedIsLoaded(bool asDouble)
    {
        var state = Initialization.Draw(NetworkShape.Parse("5-4-3"), Start.Normal, 1);
        state.Step = 12;
        ModelFile.Save(folder.File("m"), state, asDouble, new Dictionary<string, string> { ["seed"] = "1" });
        var model = ModelFile.Load(folder.File("m"));
        Assert.Equal(state.Shape, model.State.Shape);
        Assert.Equal((12, "1", "5-4-3"), (model.State.Step, model.Metadata["seed"], model.Metadata["network"]));
        for (var l = 0; l < 2; l++)
        {
            Assert.Equal(state.W[l].Select(w => asDouble ? w : (float)w), model.State.W[l]);
            Assert.Equal(state.b[l].Select(b => asDouble ? b : (float)b), model.State.b[l]);
        }
    }

    private const string W1 = """
        "W1":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]}
        """;
    private const string Bias = """
        "b1":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}
        """;

    [Fact]
    public void TheLayoutIsThatOfSafetensors()
    {
        ModelFile.Save(folder.File("m"), Initialization.Draw(NetworkShape.Parse("3-2"), Start.Normal, 1),
            asDouble: false, new Dictionary<string, string>());
        var bytes = File.ReadAllBytes(folder.File("m"));
        var length = BinaryPrimitives.ReadInt64LittleEndian(bytes);
        using var header = JsonDocument.Parse(bytes.AsMemory(8, (int)length));
        var W1 = header.RootElement.GetProperty("W1");
        Assert.Equal("F32", W1.GetProperty("dtype").GetString());
        Assert.Equal([2, 3], W1.GetProperty("shape").EnumerateArray().Select(e => e.GetInt32()));
        Assert.Equal([0, 24], W1.GetProperty("data_offsets").EnumerateArray().Select(e => e.GetInt32()));
        Assert.Equal(8 + length + 32, bytes.Length);
        Assert.Equal(0, length % 8);
        Assert.True(header.RootElement.GetProperty("__metadata__").EnumerateObject().All(p =>
            p.Value.ValueKind == JsonValueKind.String));
    }

    [Fact]
    public void ABiasMayBeAColumn()
    {
        const string Column = """
        "b1":{"dtype":"F32","shape":[2,1],"data_offsets":[8,16]}}
        """;
        Write("{" + W1 + "," + Column, new byte[16]);
        Assert.Equal("1-2", ModelFile.Load(folder.File("m")).State.Shape.ToString());
    }

    [Theory]
    [InlineData("""{"W1":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]}}""", 8, "b1")]
    [InlineData("""{"W1":{"dtype":"F8_E5M2","shape":[2,1],"data_offsets":[0,2]}}""", 2, "F8_E5M2")]
    [InlineData("""{"W1":{"dtype":"F32","shape":[2,1],"data_offsets":[0,80]}}""", 8, "data_offsets")]
    [InlineData("""{"W1":{"dtype":"F32","shape":[2,1],"data_offsets":[-8,0]}}""", 8, "data_offsets")]
    [InlineData("""{"W1":{"dtype":"F32","shape":[3,1],"data_offsets":[0,8]}}""", 8, "12 bytes")]
    [InlineData("""{"W1":{"dtype":"F32","shape":[2147483647,2147483647,4],"data_offsets":[0,8]}}""", 8, "bytes")]
    [InlineData("""{"W1":{"dtype":"F32","shape":[8],"data_offsets":[0,32]}}""", 32, "[out, in]")]
    [InlineData("""{"W1":{"dtype":"F32","shape":[2,1]}}""", 8, "JSON")]
    [InlineData("""{"V":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]}}""", 8, "W1")]
    [InlineData("""[1,2]""", 8, "JSON")]
    [InlineData("""{"W1":""", 8, "JSON")]
    [InlineData("""{}""", 0, "W1")]
    [InlineData("""{"__metadata__":{"sha256":"00"},""" + W1 + "}", 8, "SHA-256")]
    [InlineData("""{"__metadata__":{"step":"-1"},""" + W1 + "," + Bias + "}", 16, "step")]
    [InlineData("""{"__metadata__":{"network":"1-3"},""" + W1 + "," + Bias + "}", 16, "1-3")]
    [InlineData("{" + W1 + ""","b1":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 8, "sum of the tensors")]
    [InlineData("{" + W1 + "," + Bias + "}", 17, "sum of the tensors")]
    [InlineData("{" + W1 + "," + Bias + ""","W2":{"dtype":"F32","shape":[1,2],"data_offsets":[16,24]}}""", 24, "b2")]
    [InlineData("{" + W1 + "," + Bias
        + ""","W2":{"dtype":"F32","shape":[2,1],"data_offsets":[16,24]}}""", 24, "2 columns")]
    [InlineData("{" + W1 + "," + Bias + ""","W3":{"dtype":"F32","shape":[1,2],"data_offsets":[16,24]}}""", 24, "W2")]
    [InlineData("""{"W1":{"dtype":"F32","shape":[0,1],"data_offsets":[0,0]},"""
        + "\"b1\":" + """{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}""", 0, "widths from 1")]
    public void ADamagedFileIsRefusedInWords(string header, int dataLength, string says)
    {
        Write(header, new byte[dataLength]);
        Assert.Contains(says, Refused(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(-1)]
    [InlineData(1000)]
    [InlineData(0)]
    public void AHeaderThatLiesAboutItsLengthIsRefusedBeforeAnythingIsAllocated(long length)
    {
        var bytes = new byte[100];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, length);
        File.WriteAllBytes(folder.File("m"), bytes);
        Assert.Contains("header length", Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public void ATruncatedEmptyOrAbsentFileIsRefused()
    {
        ModelFile.Save(folder.File("m"), Initialization.Draw(NetworkShape.Parse("5-4-3"), Start.Normal, 1),
            asDouble: false, new Dictionary<string, string>());
        var whole = File.ReadAllBytes(folder.File("m"));
        for (var length = 0; length < whole.Length; length += 7)
        {
            File.WriteAllBytes(folder.File("m"), whole[..length]);
            Assert.NotEmpty(Refused());
        }

        File.Delete(folder.File("m"));
        Assert.Contains("no such file", Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public void AFlippedBitIsFound()
    {
        ModelFile.Save(folder.File("m"), Initialization.Draw(NetworkShape.Parse("5-4-3"), Start.Normal, 1),
            asDouble: false, new Dictionary<string, string>());
        var bytes = File.ReadAllBytes(folder.File("m"));
        bytes[^3] ^= 1;
        File.WriteAllBytes(folder.File("m"), bytes);
        Assert.Contains("SHA-256", Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public void ParametersThatAreNoNumbersAreRefused()
    {
        var state = new NetworkState(NetworkShape.Parse("2-1")) { W = { [0] = { [1] = double.NaN } } };
        ModelFile.Save(folder.File("m"), state, asDouble: true, new Dictionary<string, string>());
        Assert.Contains("element 1", Refused(), StringComparison.Ordinal);
    }

    private void Write(string header, byte[] data)
    {
        var text = Encoding.UTF8.GetBytes(header);
        var length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, text.Length);
        File.WriteAllBytes(folder.File("m"), [.. length, .. text, .. data]);
    }

    private string Refused()
    {
        var message = Assert.Throws<UserErrorException>(() => ModelFile.Load(folder.File("m"))).Message;
        Assert.Contains(folder.File("m"), message, StringComparison.Ordinal);
        return message;
    }
}
