namespace MnistGpu.Exchange;

/// <summary>What a safetensors file calls the weights.</summary>
internal enum ExportNames
{
    /// <summary>fc1.weight, fc1.bias, fc2.weight, …, for load_state_dict of a PyTorch module.</summary>
    PyTorch,

    /// <summary>W1, b1, W2, …, as train saves them.</summary>
    Own,
}
