namespace Troupe.Api.Operations;

/// <summary>What the host knows of this node and its cluster.</summary>
public interface INode
{
    /// <summary>Why the node should get no requests now; null when it is ready.</summary>
    ValueTask<string?> Unready(CancellationToken cancel);

    /// <summary>The nodes and what lives on them.</summary>
    ValueTask<ClusterView> Cluster(CancellationToken cancel);

    /// <summary>Hands a node's partitions over to the others.</summary>
    Task<Outcome<NodeView>> Drain(string id);
}

/// <summary>The cluster.</summary>
/// <param name="Version">Version of the program that answers.</param>
/// <param name="Runtime">The actor runtime, e.g. <c>BuiltIn</c>.</param>
/// <param name="Storage">What keeps the data; holds no secret.</param>
/// <param name="Nodes">Its nodes.</param>
public sealed record ClusterView(string Version, string Runtime, string Storage, IReadOnlyList<NodeView> Nodes);

/// <summary>A node.</summary>
/// <param name="Id">Its name; a process that starts anew has another.</param>
/// <param name="Address">Where the other nodes reach it; null for a node without others.</param>
/// <param name="State"><c>joining</c>, <c>active</c>, <c>draining</c> or <c>drained</c>.</param>
/// <param name="Roles">What it does: <c>api</c>, <c>silo</c>.</param>
/// <param name="Lease">How it holds its partitions: <c>held</c>; <c>over</c> when its lease has run out; <c>sole</c> for the only node of an embedded database,
/// which needs no lease.</param>
/// <param name="LeaseAgeSeconds">Time since it last renewed its lease; null without one.</param>
/// <param name="Partitions">How many of the partitions it owns.</param>
/// <param name="Version">Version of its program.</param>
/// <param name="StartedAt">When it started.</param>
/// <param name="Activations">Grains in memory, by grain type.</param>
/// <param name="QueueDepths">Calls waiting or running, by grain type; types without any are left out.</param>
public sealed record NodeView(
    string Id, string? Address, string State, IReadOnlyList<string> Roles, string Lease, double? LeaseAgeSeconds, int Partitions,
    string Version, DateTimeOffset StartedAt,
    IReadOnlyDictionary<string, long> Activations, IReadOnlyDictionary<string, long> QueueDepths);
