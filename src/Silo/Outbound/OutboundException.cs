namespace Troupe.Silo.Outbound;

/// <summary>A call outside that came to nothing. Never leaves <see cref="Outbound"/>: senders turn it into an answer.</summary>
/// <param name="code">Stable code, e.g. <c>address_refused</c>; docs/concepts/outbound.md lists them.</param>
/// <param name="message">One sentence for the tenant; tells nothing about the inside of the network.</param>
/// <param name="retryable">Whether another attempt may help.</param>
public sealed class OutboundException(string code, string message, bool retryable) : Exception(message)
{
    /// <summary>The code.</summary>
    public string Code { get; } = code;

    /// <summary>Whether another attempt may help.</summary>
    public bool Retryable { get; } = retryable;
}
