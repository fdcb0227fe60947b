using MnistGpu.Model;

namespace MnistGpu.Program.Web.Live;

/// <summary>A piece of a run.</summary>
/// <param name="Step">Steps done at its end.</param>
/// <param name="Totals">The totals of its steps.</param>
/// <param name="Rate">α of its last step.</param>
/// <param name="Time">Time in training.</param>
internal readonly record struct LivePoint(long Step, Totals Totals, double Rate, TimeSpan Time)
{
    public double ImagesPerSecond => Totals.Images / Time.TotalSeconds;

    public LivePoint Then(LivePoint next) => new(next.Step, Totals + next.Totals, next.Rate, Time + next.Time);
}
