using MnistGpu.Model;
using MnistGpu.Proof;
using MnistGpu.Reference;
using MnistGpu.Tests.Support;

namespace MnistGpu.Tests.Proof;

/// <summary>
/// A verification that cannot fail proves nothing: each planted fault must be found by the check that is there for it.
/// </summary>
public sealed class VerificationTests
{
    private static readonly NetworkShape Shape = NetworkShape.Parse("20-6-10");

    [Fact]
    public void TheReferencePasses() =>
        Assert.All(Verify(_ => { }, 5, 4, 1), result => Assert.True(result.Passed, result.What));

    [Fact]
    public void AWrongGradientIsFound() => Fails(faulty => faulty.Gradients = g => g.dW[0][7] *= 1.01, "gradients");

    [Fact]
    public void AGradientThatIsNoNumberIsFound() =>
        Fails(faulty => faulty.Gradients = g => g.db[1][0] = double.NaN, "gradients");

    [Fact]
    public void AStepThatIsTooLongIsFound() =>
        Fails(faulty => faulty.Alpha = alpha => 1.001 * alpha, "10 steps, parameters");

    [Fact]
    public void AWrongLossIsFound() =>
        Fails(faulty => faulty.Totals = t => t with { Loss = t.Loss * 1.001 }, "10 steps, loss");

    [Fact]
    public void AWrongHitCountIsFound() =>
        Fails(faulty => faulty.Totals = t => t with { Hits = t.Hits + 40 }, "10 steps, hits");

    [Fact]
    public void AWrongPredictionIsFound() => Fails(faulty => faulty.Prediction = p => p * 1.0001, "predictions");

    [Fact]
    public void ImagesThatAreBentOtherwiseAreFound() => Fails(faulty => faulty.Kept = kept => kept with
    {
        Deformation = kept.Deformation is { } bent ? bent with { Shear = bent.Shear + 0.01 } : null,
    }, "images of 5 × 4, bent", 5);

    [Fact]
    public void ARunThatDoesNotRepeatItselfIsFound()
    {
        // The fault comes after the ten checked steps, in the second of the two runs that must be equal.
        var steps = 0;
        Fails(faulty => faulty.Alpha = alpha =>
            ++steps > Verification.Steps + 3 ? alpha * 1.0000001 : alpha, "the same bits again");
    }

    [Fact]
    public void BatchesThatDoNotRepeatThemselvesAreFound()
    {
        // Three passes of three batches follow the six full steps; the fault is in the second run of these.
        var steps = 0;
        Fails(faulty => faulty.Alpha = alpha =>
            ++steps > Verification.Steps + 6 + 9 ? alpha * 1.0000001 : alpha, "the same bits again, batches");
    }

    [Fact]
    public void TotalsThatDoNotRepeatThemselvesAreFound()
    {
        // One reading before the checked steps and one after each, then two for each of the runs that must be equal.
        var readings = 0;
        Fails(faulty => faulty.Totals = t =>
            ++readings == Verification.Steps + 5 ? t with { Loss = t.Loss + 1e-9 } : t, "the same bits again");
    }

    /// <summary>A hundred times the usual error passes, since rounding could explain it, but is not usual.</summary>
    [Fact]
    public void AnErrorFarBeyondTheUsualIsSeen()
    {
        var shape = NetworkShape.Parse("784-32-16-10");
        var images = new RandomImages(shape, 50);
        using var reference = new ReferenceEngine(shape);
        reference.Load(Initialization.Draw(shape, Start.Uniform, 1));
        reference.Attach(images.X, images.Labels);
        var (sure, probable) = (
            RoundingBounds.Create(reference.Save(), images.X, images.Labels),
            RoundingBounds.Create(reference.Save(), images.X, images.Labels, isProbable: true));
        Assert.All(probable.Bounds.dW[0].Zip(sure.Bounds.dW[0]), pair => Assert.True(pair.First <= pair.Second));
        Assert.True(probable.Bounds.dW[0].Sum() < 0.6 * sure.Bounds.dW[0].Sum());

        using var engine = new FaultyEngine(reference);
        var largest = probable.Bounds.dW[0].Index().MaxBy(pair => pair.Item);
        engine.Gradients = g => g.dW[0][largest.Index] += 1.2 * largest.Item;
        var start = Initialization.Draw(shape, Start.Uniform, 1);
        var result = Verification.Run(engine, start, images.X, images.Labels, 0.1)[0];
        Assert.Equal(("gradients", true, false), (result.What, result.Passed, result.IsUsual));
    }

    private static void Fails(Action<FaultyEngine> plant, string check, params int[] widths)
    {
        foreach (var result in Verify(plant, widths))
        {
            Assert.True(result.Passed != (result.What == check),
                $"{result.What}: {(result.Passed ? "passed" : "failed")}");
        }
    }

    private static IReadOnlyList<VerificationResult> Verify(Action<FaultyEngine> plant, params int[] widths)
    {
        var images = new RandomImages(Shape, 50);
        using var engine = new FaultyEngine(new ReferenceEngine(Shape));
        plant(engine);
        return Verification.Run(engine, Initialization.Draw(Shape, Start.Uniform, 1), images.X, images.Labels, 0.1,
            widths: widths);
    }
}
