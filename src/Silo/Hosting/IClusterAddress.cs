namespace Troupe.Silo.Hosting;

/// <summary>Where the other nodes reach this one; not registered for a node without others.</summary>
public interface IClusterAddress
{
    /// <summary>The node's name in the cluster, its address with the port that was bound included.</summary>
    string Node { get; }
}

/// <summary>An address that was configured can't be listened on; the message names it.</summary>
public sealed class AddressUnusableException(string message, Exception inner) : Exception(message, inner);
