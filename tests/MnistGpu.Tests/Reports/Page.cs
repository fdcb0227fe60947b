using System.Globalization;
using System.Xml;
using System.Xml.Linq;

namespace MnistGpu.Tests.Reports;

/// <summary>A report, read as strictly as XML is.</summary>
internal sealed class Page
{
    private static readonly string[] Addresses = ["src", "href", "srcset", "data", "action", "poster", "background"];

    public Page(string text)
    {
        Text = text;
        using var reader = XmlReader.Create(new StringReader(text),
            new XmlReaderSettings { DtdProcessing = DtdProcessing.Ignore, XmlResolver = null });
        Root = XDocument.Load(reader).Root!;
    }

    public string Text { get; }

    public XElement Root { get; }

    public IEnumerable<XElement> All(string name) => Root.Descendants(name);

    public XElement Section(string id) =>
        Assert.Single(All("section"), section => (string?)section.Attribute("aria-labelledby") == id);

    public bool Has(string id) => All("section").Any(section => (string?)section.Attribute("aria-labelledby") == id);

    /// <summary>The value beside a name of a list of facts.</summary>
    public string Fact(string name) => Assert.Single(All("dt"), dt => dt.Value == name).Parent!.Element("dd")!.Value;

    /// <summary>Each row of a table's body, as texts.</summary>
    public static string[][] Rows(XElement section) =>
        [.. section.Descendants("tbody").Single().Elements("tr")
        .Select(row => row.Elements().Select(cell => cell.Value).ToArray())];

    public static double Number(string text) =>
        double.Parse(text.Replace("%", "", StringComparison.Ordinal).Trim(), NumberStyles.Any,
        CultureInfo.InvariantCulture);

    /// <summary>What every report keeps to.</summary>
    public void AssertSound()
    {
        Assert.True(Text.Length < 2_000_000, $"{Text.Length} characters");
        Assert.Empty(All("script"));
        Assert.DoesNotContain(Root.Descendants(), e => e.Name.LocalName is "iframe" or "object" or "embed" or "base");
        foreach (var attribute in Root.Descendants().Attributes())
        {
            Assert.False(attribute.Name.LocalName.StartsWith("on", StringComparison.OrdinalIgnoreCase), $"{attribute}");
            Assert.True(!Addresses.Contains(attribute.Name.LocalName)
                || attribute.Value.StartsWith("data:image/", StringComparison.Ordinal), $"{attribute}");
        }

        var style = string.Concat(All("style").Select(s => s.Value));
        Assert.DoesNotContain("url(", style, StringComparison.Ordinal);
        Assert.DoesNotContain("@import", style, StringComparison.Ordinal);
        Assert.DoesNotContain("http:", Text, StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", Root.Element("body")!.Value, StringComparison.Ordinal);
        Assert.All(All("img"), img => Assert.NotEqual("", (string?)img.Attribute("alt") ?? ""));
        Assert.All(All("table"), table => Assert.NotEqual("", table.Element("caption")?.Value ?? ""));
        Assert.All(All("th"), th => Assert.Contains((string?)th.Attribute("scope"), (string[])["row", "col"]));
        foreach (var svg in All("svg"))
        {
            Assert.Equal("img", (string?)svg.Attribute("role"));
            Assert.NotEqual("", (string?)svg.Attribute("aria-label") ?? "");
            Assert.NotEqual("", svg.Element("title")?.Value ?? "");
            Assert.All(svg.Descendants().Attributes(), a =>
                Assert.DoesNotContain("NaN", a.Value, StringComparison.Ordinal));
        }

        var ids = Root.Descendants().Select(e => (string?)e.Attribute("id")).OfType<string>().ToArray();
        Assert.Equal(ids.Length, ids.Distinct().Count());
        Assert.All(All("section"), section => Assert.Contains((string?)section.Attribute("aria-labelledby"), ids));
        Assert.Single(All("h1"));
    }
}
