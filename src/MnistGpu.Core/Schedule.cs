namespace MnistGpu;

/// <summary>
/// How the learning rate changes over a run of T steps: α at step t (from 0) is the given rate times a share.
/// </summary>
public enum Schedule
{
    /// <summary>α stays.</summary>
    Constant,

    /// <summary>α falls by the same factor each step, to the share r of the rate that it ends at: r^(t/T).</summary>
    Exponential,

    /// <summary>
    /// α falls along half a cosine to zero, ½·(1 + cos(π·t/T)): Loshchilov and Hutter 2017, arXiv 1608.03983, equation
    /// 5 with one cycle.
    /// </summary>
    Cosine,

    /// <summary>
    /// α rises from 1/25 to its full value over the first three tenths of the steps and falls to almost nothing over
    /// the rest, both along half cosines: Smith and Topin 2018, arXiv 1708.07120, with the constants of PyTorch's
    /// OneCycleLR.
    /// </summary>
    OneCycle,
}
