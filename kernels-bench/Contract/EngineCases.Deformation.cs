using MnistGpu.Model;

namespace MnistGpu.Bench.Contract;

/// <summary>
/// Deformations as every engine owes them: the reference's bytes, so that bending in the step and beforehand train
/// alike.
/// </summary>
internal sealed partial class EngineCases
{
    [Case("16-6-10", 4, 0)]
    [Case("25-6-10", 5, 0)]
    [Case("25-12-10", 5, 0.5)]
    [Case("784-6-10", 28, 0)]
    [Case("784-110-97-10", 28, 0.2)]
    [Case("20-6-10", 5, 0)]
    [Case("36-6-10", 4, 0)]
    [Case("693-12-10", 33, 0.5)]
    public void StepsOnBentImagesAreStepsOnTheReferencesBytes(string network, int width, double dropout)
    {
        const int m = 70;
        using var bending = new Run(this, network, m);
        using var bent = new Run(this, network, m);
        int[] batch = [m - 1, 3, 3, .. Enumerable.Range(10, 30)];
        // Rectangles are of other things than digits.
        var deformation = width * width == bending.Engine.Shape.Inputs ? Bent.Everything
            : Bent.Everything with { Width = width, AreDigits = false };
        bending.Engine.Regularization = new()
        {
            Deformation = deformation,
            Dropout = new(dropout),
            Seed = Bent.Seed
        };
        bent.Engine.Regularization = new() { Dropout = new(dropout), Seed = Bent.Seed };
        foreach (var epoch in (uint[])[2, 0])
        {
            bent.Engine.Attach(Bent.Reference(deformation, width, bending.X, bending.Labels, epoch), bending.Labels);
            bending.Engine.Step(Rule, epoch);
            bent.Engine.Step(Rule, epoch);
            bending.Engine.Step(batch, Rule, epoch);
            bent.Engine.Step(batch, Rule, epoch);
            var (expected, actual) = (bent.Engine.ComputeGradients(batch, epoch),
                bending.Engine.ComputeGradients(batch, epoch));
            Expect.Equal(expected.dW, actual.dW);
            Expect.Equal(expected.db, actual.db);
        }

        Agreement.SameBits(bent.Engine.Save(), bending.Engine.Save());
        Expect.Equal(bent.Engine.ReadTotals(), bending.Engine.ReadTotals());
    }

    [Case]
    public void DeformationsGoOnAfterALoadAndEndWhenTakenAway()
    {
        using var whole = new Run(this, "25-6-10", 50);
        using var resumed = new Run(this, "25-6-10", 50);
        whole.Engine.Regularization = new() { Deformation = Bent.Everything, Seed = 9 };
        whole.Engine.Step(Rule, 1);
        resumed.Engine.Load(whole.Engine.Save());
        resumed.Engine.Regularization = new() { Deformation = Bent.Everything, Seed = 9 };
        whole.Engine.Step(whole.All.AsSpan(0, 20), Rule, 2);
        resumed.Engine.Step(whole.All.AsSpan(0, 20), Rule, 2);
        Agreement.SameBits(whole.Engine.Save(), resumed.Engine.Save());

        whole.Engine.Regularization = Regularization.None;
        resumed.Engine.Regularization = new() { Deformation = new Deformation(), Seed = 9 };
        whole.Engine.Step(Rule, 3);
        resumed.Engine.Step(Rule, 3);
        Agreement.SameBits(whole.Engine.Save(), resumed.Engine.Save());
    }

    [Case]
    public void AnswersAreToImagesAsTheyAre()
    {
        using var run = new Run(this, "25-6-10", 50);
        var plain = run.Engine.Evaluate(run.X, run.Labels);
        double[] answers = new double[500], after = new double[500];
        run.Engine.Predict(run.X, answers);
        run.Engine.Regularization = new() { Deformation = Bent.Wildest, Seed = 9 };
        run.Engine.ComputeGradients(run.All, 1);
        Expect.Equal(plain, run.Engine.Evaluate(run.X, run.Labels));
        run.Engine.Predict(run.X, after);
        Expect.Equal(answers, after);
    }

    [Case]
    public void ImagesOfAnotherSizeAreNotBent()
    {
        using var engine = Create(NetworkShape.Parse("20-3"));
        Expect.Throws<ArgumentException>(() => engine.Regularization = new() { Deformation = Bent.Affine });
        Expect.Throws<ArgumentException>(() =>
            engine.Regularization = new() { Deformation = Bent.Affine with { Width = 6 } });
        Expect.Null(engine.Regularization.Deformation);
        engine.Regularization = new() { LabelSmoothing = 0.1 };
    }
}
