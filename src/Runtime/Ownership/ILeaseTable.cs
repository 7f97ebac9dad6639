namespace Troupe.Runtime;

/// <summary>Where the nodes of a cluster keep their leases and who owns which partition. The table is the only judge: its clock says when a lease is
/// over, and it carries out one operation after the other.</summary>
public interface ILeaseTable
{
    /// <summary>Opens a session.</summary>
    /// <param name="node">Name of the node it is for.</param>
    /// <param name="guarded">Whether it should take the node's lock, if the way to the table allows that.</param>
    /// <param name="cancel">Gives up.</param>
    ValueTask<ILeaseSession> Open(string node, bool guarded, CancellationToken cancel);
}

/// <summary>A session with the table. A lock that it holds is free the moment the session is gone, whatever the reason. A session that has thrown is used no
/// more: what it was asked may have been done or not.</summary>
public interface ILeaseSession : IAsyncDisposable
{
    /// <summary>True when the session holds the node's lock, so that its end can be told from its silence.</summary>
    bool IsGuarded { get; }

    /// <summary>Carries out a request, all of it or nothing, in one round trip.</summary>
    ValueTask<LeaseAnswer> Renew(LeaseRequest request, CancellationToken cancel);

    /// <summary>Looks whether there is news. Changes nothing.</summary>
    ValueTask<LeaseGlance> Look(CancellationToken cancel);

    /// <summary>Rests this long. Throws as soon as the session is found broken; ends early, without harm to the session, when cancelled.</summary>
    ValueTask Rest(TimeSpan time, CancellationToken cancel);
}

/// <summary>What a node is doing.</summary>
public enum NodeState
{
    /// <summary>It has begun to start and owns nothing yet.</summary>
    Joining,

    /// <summary>It takes its share of the partitions.</summary>
    Active,

    /// <summary>It hands over what it has and takes nothing.</summary>
    Draining,

    /// <summary>It has handed over everything.</summary>
    Drained,
}

/// <summary>A node as it makes itself known.</summary>
/// <param name="Name">Its name, see <see cref="NodeName"/>: unique for ever.</param>
/// <param name="Address">Where others reach it, <c>host:port</c>; empty when they can't.</param>
/// <param name="Roles">What it does: <c>api</c>, <c>silo</c>.</param>
/// <param name="Version">Version of the program.</param>
/// <param name="StartedAt">When it started.</param>
public sealed record NodeEntry(string Name, string Address, IReadOnlyList<string> Roles, string Version, DateTimeOffset StartedAt)
{
    /// <summary>The role of nodes that grains live on.</summary>
    public const string Silo = "silo";

    /// <summary>Whether grains live on it.</summary>
    public bool IsSilo => Roles.Contains(Silo);
}

/// <summary>A node's row in the table.</summary>
/// <param name="Node">Who.</param>
/// <param name="State">What it does, by its own word.</param>
/// <param name="DrainAsked">Somebody wants it to drain.</param>
/// <param name="RenewedAt">Its last renewal, by the table's clock.</param>
/// <param name="Until">When its lease is over, by the table's clock.</param>
/// <param name="IsGuarded">Its session holds its lock.</param>
/// <param name="Handovers">Partitions it has taken over since it started.</param>
/// <param name="Stats">What else it tells of itself, JSON.</param>
public sealed record NodeLease(
    NodeEntry Node, NodeState State, bool DrainAsked, DateTimeOffset RenewedAt, DateTimeOffset Until, bool IsGuarded, long Handovers, string Stats)
{
    /// <summary>Whether it takes its share of the partitions.</summary>
    public bool Takes => State == NodeState.Active && !DrainAsked && Node.IsSilo;
}

/// <summary>A partition's row in the table.</summary>
/// <param name="Owner">Name of the owning node; null when nobody owns it.</param>
/// <param name="Epoch">Grows with each owner.</param>
public readonly record struct PartitionLease(string? Owner, long Epoch);

/// <summary>What a node wants of the table. In this order: its own lease is extended, or made anew if the table has none; it releases partitions; it removes
/// nodes; it takes partitions that nobody owns; it asks nodes to drain. A node that is removed owns nothing from then on.</summary>
/// <param name="Node">Who asks.</param>
/// <param name="Number">Grows with each request of the node. The table ignores what comes after a later one.</param>
/// <param name="Duration">How long its lease is to hold from now.</param>
public sealed record LeaseRequest(NodeEntry Node, long Number, TimeSpan Duration)
{
    /// <summary>What the node does.</summary>
    public NodeState State { get; init; }

    /// <summary>Partitions it has taken over since it started.</summary>
    public long Handovers { get; init; }

    /// <summary>What else it tells of itself, JSON.</summary>
    public string Stats { get; init; } = "{}";

    /// <summary>Partitions it owns no longer.</summary>
    public IReadOnlyList<int> Release { get; init; } = [];

    /// <summary>Nodes to remove if their lease is over.</summary>
    public IReadOnlyList<string> Expire { get; init; } = [];

    /// <summary>Nodes to remove if their lock is free, whatever their lease says. Each is checked in the same step that removes it.</summary>
    public IReadOnlyList<string> Bury { get; init; } = [];

    /// <summary>Partitions it takes if nobody owns them.</summary>
    public IReadOnlyList<int> Claim { get; init; } = [];

    /// <summary>Nodes that are to drain.</summary>
    public IReadOnlyList<string> Drain { get; init; } = [];

    /// <summary>The node removes itself instead of renewing its lease.</summary>
    public bool Leaves { get; init; }

    /// <summary>The node's state is news to the others.</summary>
    public bool Announces { get; init; }

    /// <summary>Whether others should look anew afterwards.</summary>
    public bool IsNews => Announces || Leaves || Release.Count + Expire.Count + Bury.Count + Claim.Count + Drain.Count > 0;
}

/// <summary>The table after a request.</summary>
/// <param name="Now">The table's clock.</param>
/// <param name="Version">Changes with every change that concerns others.</param>
/// <param name="Nodes">All nodes.</param>
/// <param name="Partitions">All partitions, by number.</param>
public sealed record LeaseAnswer(DateTimeOffset Now, long Version, IReadOnlyList<NodeLease> Nodes, IReadOnlyList<PartitionLease> Partitions);

/// <summary>A short look at the table.</summary>
/// <param name="Now">The table's clock.</param>
/// <param name="Version">Changes with every change that concerns others.</param>
/// <param name="Unlocked">Guarded nodes whose lock is free.</param>
public sealed record LeaseGlance(DateTimeOffset Now, long Version, IReadOnlyList<string> Unlocked);
