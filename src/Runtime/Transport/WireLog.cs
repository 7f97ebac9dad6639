using Microsoft.Extensions.Logging;

namespace Troupe.Runtime;

/// <summary>What the connections between nodes log: one line for each connection that went wrong.</summary>
internal static partial class WireLog
{
    [LoggerMessage(40, LogLevel.Warning, "{Node} is out of reach: {Reason}.")]
    internal static partial void PeerUnreachable(this ILogger log, NodeName node, UnreachableReason reason);

    [LoggerMessage(41, LogLevel.Error, "{Node} can't be talked to: {Why}.")]
    internal static partial void PeerUnusable(this ILogger log, NodeName node, string why);

    [LoggerMessage(42, LogLevel.Warning, "A connection from {Peer} was dropped: {Why}.")]
    internal static partial void PeerDropped(this ILogger log, string peer, string why);

    [LoggerMessage(43, LogLevel.Warning, "A connection from {Peer} was refused: {Why}.")]
    internal static partial void PeerRefused(this ILogger log, string peer, string why);
}
