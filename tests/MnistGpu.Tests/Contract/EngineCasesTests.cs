using MnistGpu.Model;
using MnistGpu.Reference;
using MnistGpu.Tests.Support;

namespace MnistGpu.Tests.Contract;

/// <summary>The contract itself: it is complete, and an engine that breaks it is found.</summary>
public sealed class EngineCasesTests
{
    [Fact]
    public void EveryCaseHasANameOfItsOwn()
    {
        Assert.Equal(EngineCases.All.Count, EngineCases.All.Select(one => one.Name).Distinct().Count());
        Assert.All(Enum.GetValues<Activation>(), activation =>
            Assert.Contains(EngineCases.All, one => one.Name.EndsWith($", {activation}", StringComparison.Ordinal)));
    }

    public static TheoryData<string, string> Faults => new()
    {
        { "gradient", nameof(EngineCases.GradientsAreWithinTheirBounds) },
        { "rate", nameof(EngineCases.TenStepsAreEachWithinTheirBounds) },
        { "rate", nameof(EngineCases.AClippedStepHasTheGivenNorm) },
        { "prediction", nameof(EngineCases.PredictionsAreWithinTheirBounds) },
        { "totals", nameof(EngineCases.TotalsAddUpOverStepsAndStartAgainWhenRead) },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void AFaultIsFound(string fault, string rule)
    {
        var cases = EngineCases.All.Where(one => one.Rule == rule).ToArray();
        Assert.NotEmpty(cases);
        Assert.Contains(cases, one => !Passes(() => one.Run(shape => Faulty(shape, fault))));
        Assert.All(cases, one => one.Run(shape => new ReferenceEngine(shape)));
    }

    [Fact]
    public void AnExpectationThatIsNotMetIsSaid()
    {
        AssertFails(() => Expect.Fail("so"));
        AssertFails(() => Expect.Equal((double[])[1, 2], [1, 3]));
        AssertFails(() => Expect.Equal((double[][])[[1], [2]], [[1], [3]]));
        AssertFails(() => Expect.Equal(1, 2));
        AssertFails(() => Expect.Equal(1, double.NaN, 1));
        AssertFails(() => Expect.Equal(1, 2.1, 1));
        AssertFails(() => Expect.NotEqual((double[])[1, 2], [1, 2]));
        AssertFails(() => Expect.NotEqual(1, 1.5, 1));
        AssertFails(() => Expect.InRange(4, 1, 3));
        AssertFails(() => Expect.Contains(4, [1, 3]));
        AssertFails(() => Expect.False(true));
        AssertFails(() => Expect.Null(""));
        AssertFails(() => Expect.All([1, 2], one => Expect.Equal(1, one)));
        AssertFails(() => Expect.Throws<ArgumentException>(() => { }));
        AssertFails(() => Expect.Throws<ArgumentException>(() => throw new ArgumentNullException()));
        AssertFails(() => Expect.ThrowsAny<ArgumentException>(() => throw new InvalidOperationException()));
        AssertFails(() => Agreement.Within("values", [1], [double.NaN], [1]));
        Expect.Equal((double[][])[[1], [2]], [[1], [2]]);
        Expect.Equal(1, 2.0, 1);
        Expect.NotEqual((double[])[1, 2], [1, 3]);
        Expect.ThrowsAny<ArgumentException>(() => throw new ArgumentNullException());
    }

    private static void AssertFails(Action action) => Assert.Throws<ExpectationException>(action);

    private static bool Passes(Action action)
    {
        try
        {
            action();
            return true;
        }
        catch (ExpectationException)
        {
            return false;
        }
    }

    private static FaultyEngine Faulty(NetworkShape shape, string fault)
    {
        var engine = new FaultyEngine(new ReferenceEngine(shape));
        switch (fault)
        {
            case "gradient":
                engine.Gradients = gradients => gradients.dW[0][0] += 1e-3;
                break;
            case "rate":
                engine.Alpha = alpha => 1.01 * alpha;
                break;
            case "prediction":
                engine.Prediction = p => 0.99 * p;
                break;
            default:
                engine.Totals = totals => totals with { Hits = totals.Hits + 1 };
                break;
        }

        return engine;
    }
}
