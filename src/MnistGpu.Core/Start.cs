namespace MnistGpu;

/// <summary>How the parameters start.</summary>
public enum Start
{
    /// <summary>Every Wl and bl from the standard normal distribution: the tutorial's.</summary>
    Normal,

    /// <summary>Every Wl and bl uniform in [−0.5, 0.5).</summary>
    Uniform,

    /// <summary>Wl normal with variance 2/in, bl zero: He et al. 2015, arXiv 1502.01852, equation 10.</summary>
    He,
}
