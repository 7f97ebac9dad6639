namespace Troupe.Runtime;

/// <summary>The cluster as a node knew it at its last renewal.</summary>
/// <param name="At">When that was, by the table's clock.</param>
/// <param name="InTouch">False when this node's lease has run out, so that the rest may be history.</param>
/// <param name="Nodes">All nodes, by name.</param>
public sealed record ClusterSnapshot(DateTimeOffset At, bool InTouch, IReadOnlyList<NodeSnapshot> Nodes);

/// <summary>A node in a <see cref="ClusterSnapshot"/>.</summary>
/// <param name="Lease">Its row.</param>
/// <param name="Partitions">How many partitions it owns.</param>
/// <param name="LeaseAge">Time since its last renewal.</param>
/// <param name="IsSelf">It is the node that answers.</param>
public sealed record NodeSnapshot(NodeLease Lease, int Partitions, TimeSpan LeaseAge, bool IsSelf)
{
    /// <summary>What it does: what it says, or <see cref="NodeState.Draining"/> as soon as it was asked to.</summary>
    public NodeState State => Lease.DrainAsked && Lease.State == NodeState.Active ? NodeState.Draining : Lease.State;
}
