namespace Troupe.Runtime;

/// <summary>The mailbox of the called grain is full; nothing ran. Try again later.</summary>
public sealed class LimitExceededException(string message) : Exception(message);

/// <summary>No node takes the call now: this one is stopping, or the owner is out of reach. Nothing is known to have run. Try again later.</summary>
public sealed class SiloUnavailableException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>A grain on another node threw an exception of a type that does not cross between nodes.</summary>
/// <param name="type">Full name of the type thrown.</param>
/// <param name="message">Its message.</param>
public sealed class RemoteGrainException(string type, string message) : Exception($"{type}: {message}")
{
    /// <summary>Full name of the type thrown on the other node.</summary>
    public string RemoteType { get; } = type;
}
