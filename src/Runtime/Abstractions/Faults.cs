namespace Troupe.Runtime;

/// <summary>The mailbox of the called grain is full; nothing ran. Try again later.</summary>
public sealed class LimitExceededException(string message) : Exception(message);

/// <summary>The node that should answer is stopping, or out of reach. A call that ends with it may have run, unless it is a
/// <see cref="CallRefusedException"/>.</summary>
public class SiloUnavailableException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>The call was refused before it ran: it never left this node, or the node it went to does not own the grain. It may be sent again.</summary>
public sealed class CallRefusedException(string message, Exception? inner = null) : SiloUnavailableException(message, inner);

/// <summary>A grain on another node threw an exception of a type that does not cross between nodes.</summary>
/// <param name="type">Full name of the type thrown.</param>
/// <param name="message">Its message.</param>
public sealed class RemoteGrainException(string type, string message) : Exception($"{type}: {message}")
{
    /// <summary>Full name of the type thrown on the other node.</summary>
    public string RemoteType { get; } = type;
}

/// <summary>The node may not take part in the cluster; the message says why, for the operator.</summary>
public sealed class JoinRefusedException(string message) : Exception(message);
