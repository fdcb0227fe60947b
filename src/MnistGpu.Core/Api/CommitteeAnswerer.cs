using MnistGpu.Data;
using MnistGpu.Model;
using MnistGpu.Training;

namespace MnistGpu;

/// <summary>Asks each network of a committee and answers with the mean of their probabilities.</summary>
internal sealed class CommitteeAnswerer : Answerer
{
    private readonly List<Answerer> members = [];
    private readonly int classes;
    private readonly MeanAnswer.Ask ask;

    // Many may ask at once; who disposes waits for them.
    private readonly ReaderWriterLockSlim gate = new();
    private bool isDisposed;

    /// <summary>Starts the networks' engines.</summary>
    /// <exception cref="UserErrorException">One does not start.</exception>
    public CommitteeAnswerer(IReadOnlyList<NetworkState> networks, Func<NetworkState, Answerer> create)
    {
        classes = networks[0].Shape.Outputs;
        ask = (network, X, AL) => members[network].Predict(X, AL);
        try
        {
            foreach (var state in networks)
            {
                members.Add(create(state));
            }
        }
        catch
        {
            Dispose();
            throw;
        }

        Notice = members[0].Notice;
    }

    /// <inheritdoc/>
    public override string Description => members[0].Description;

    /// <inheritdoc/>
    public override void Predict(ReadOnlySpan<byte> X, Span<double> AL)
    {
        Enter();
        try
        {
            Mean(X, AL);
        }
        finally
        {
            gate.ExitReadLock();
        }
    }

    /// <inheritdoc/>
    public override Score Evaluate(DigitSet set, CancellationToken cancel)
    {
        Enter();
        try
        {
            var evaluation = Evaluation.Create((X, AL) => MeanAnswer.Predict(members.Count, X, AL, Ask), classes, set,
                cancel);
            return new Score(evaluation.FromProbabilities, evaluation);
        }
        finally
        {
            gate.ExitReadLock();
        }

        void Ask(int network, ReadOnlySpan<byte> X, Span<double> AL)
        {
            cancel.ThrowIfCancellationRequested();
            ask(network, X, AL);
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        gate.EnterWriteLock();
        try
        {
            isDisposed = true;
            members.ForEach(member => member.Dispose());
        }
        finally
        {
            gate.ExitWriteLock();
        }
    }

    private void Enter()
    {
        gate.EnterReadLock();
        if (isDisposed)
        {
            gate.ExitReadLock();
            throw new ObjectDisposedException(nameof(Network));
        }
    }

    private void Mean(ReadOnlySpan<byte> X, Span<double> AL) => MeanAnswer.Predict(members.Count, X, AL, ask);
}
