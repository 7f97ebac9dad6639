namespace Troupe.Runtime;

/// <summary>A call on its way to another node.</summary>
/// <param name="Grain">Whom it is for.</param>
/// <param name="Interface">Full name of the grain interface the caller used.</param>
/// <param name="Method">Name of the method, unique within the interface.</param>
/// <param name="Arguments">A JSON array of the arguments in order, cancellation tokens left out.</param>
/// <param name="TimeLeft">Time the caller will still wait. A span, not an instant: two nodes' clocks need not agree.</param>
/// <param name="OneWay">True when nobody waits for the answer.</param>
public sealed record RemoteCall(GrainId Grain, string Interface, string Method, ReadOnlyMemory<byte> Arguments, TimeSpan TimeLeft, bool OneWay)
{
    /// <summary>Byte payloads of the arguments, which the JSON names by their place here. The receiver may keep them, the JSON only until it has given
    /// back a task.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Raw { get; init; } = [];
}

/// <summary>What became of a call on another node: a result or a fault.</summary>
/// <param name="Result">The result as JSON; empty for methods without one.</param>
/// <param name="Fault">The exception; null when the call ended well.</param>
public sealed record RemoteAnswer(ReadOnlyMemory<byte> Result, RemoteFault? Fault = null)
{
    /// <summary>Byte payloads of the result, which the JSON names by their place here.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Raw { get; init; } = [];
}

/// <summary>An exception as it crosses between nodes.</summary>
/// <param name="Type">Full name of the exception's type.</param>
/// <param name="Message">Its message.</param>
public sealed record RemoteFault(string Type, string Message);

/// <summary>Carries calls to grains whose partition another node owns. The receiving side hands them to <see cref="GrainNode.Receive"/>.</summary>
public interface ITransport
{
    /// <summary>Sends a call and gives back its answer. Calls to one node keep their order. Cancelled when the caller cancels or stops waiting, which
    /// the other side should be told. Throws <see cref="CallRefusedException"/> when the call certainly did not reach the node, and
    /// <see cref="SiloUnavailableException"/> when it may have and its answer is lost. What follows the await may run where answers are
    /// read: keep it short.</summary>
    ValueTask<RemoteAnswer> Send(string node, RemoteCall call, CancellationToken cancel);
}

/// <summary>The transport of a node that has no others.</summary>
public sealed class NoTransport : ITransport
{
    /// <inheritdoc/>
    public ValueTask<RemoteAnswer> Send(string node, RemoteCall call, CancellationToken cancel) =>
        throw new CallRefusedException($"{call.Grain} belongs to {node}, and this node was set up without other nodes.");
}
