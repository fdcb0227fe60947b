using MnistGpu.Training;

namespace MnistGpu.Tests.Training;

public sealed class ScheduleTests
{
    [Theory]
    [InlineData(Schedule.Constant, 0, 1)]
    [InlineData(Schedule.Constant, 999, 1)]
    [InlineData(Schedule.Exponential, 0, 1)]
    [InlineData(Schedule.Exponential, 500, 0.1)]
    [InlineData(Schedule.Cosine, 0, 1)]
    [InlineData(Schedule.Cosine, 500, 0.5)]
    [InlineData(Schedule.Cosine, 750, 0.14644660940672624)]
    [InlineData(Schedule.OneCycle, 0, 0.04)]
    [InlineData(Schedule.OneCycle, 150, 0.52)]
    [InlineData(Schedule.OneCycle, 300, 1)]
    [InlineData(Schedule.OneCycle, 650, 0.500002)]
    public void TheFactorIsTheEquations(Schedule schedule, long t, double expected) =>
        Assert.Equal(expected, schedule.Factor(t, 1000), 1e-12);

    [Theory]
    [InlineData(Schedule.Constant)]
    [InlineData(Schedule.Exponential)]
    [InlineData(Schedule.Cosine)]
    [InlineData(Schedule.OneCycle)]
    public void EveryStepHasARateThatTrains(Schedule schedule)
    {
        foreach (var steps in (long[])[1, 2, 3, 1000])
        {
            for (var t = 0L; t < steps; t++)
            {
                Assert.InRange(schedule.Factor(t, steps), 1e-9, 1);
            }
        }
    }
}
