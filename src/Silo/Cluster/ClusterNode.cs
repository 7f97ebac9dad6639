using System.Diagnostics.Metrics;
using Troupe.Api.Operations;
using Troupe.Runtime;
using Troupe.Silo.Hosting;
using Troupe.Silo.Storage;

namespace Troupe.Silo.Cluster;

/// <summary>This node, which holds its partitions by a lease: one of several on the same PostgreSQL, or the first of them.</summary>
public sealed class ClusterNode : INode
{
    private readonly LeasedOwnership _leases;
    private readonly IStorage _storage;
    private readonly IHostApplicationLifetime _lifetime;
    private readonly NodeFigures _figures;

    /// <summary>The node; its figures go with each renewal of the lease from now on.</summary>
    public ClusterNode(LeasedOwnership leases, IStorage storage, GrainNode grains, IHostApplicationLifetime lifetime, IMeterFactory meters)
    {
        (_leases, _storage, _lifetime, _figures) = (leases, storage, lifetime, new(grains));
        leases.Stats = _figures.Tell;
        ClusterMeter.Begin(meters, leases);
    }

    /// <summary>Set when the node has begun to stop: it serves for a while yet, but should get no more requests.</summary>
    public bool IsLeaving { get; set; }

    /// <inheritdoc/>
    public async ValueTask<string?> Unready(CancellationToken cancel)
    {
        if (IsLeaving || _lifetime.ApplicationStopping.IsCancellationRequested)
        {
            return "The node is stopping.";
        }

        if (Self() is not { State: NodeState.Active } self)
        {
            return Self() is { } other ? $"The node is {Name(other.State)}." : "The node is joining.";
        }

        return _leases.IsServing ? await StoreHealth.Problem(_storage, cancel)
            : $"The node is out of touch with the database; its lease was renewed {self.LeaseAge.TotalSeconds:0.0} s ago.";
    }

    /// <inheritdoc/>
    public ValueTask<ClusterView> Cluster(CancellationToken cancel) =>
        ValueTask.FromResult(new ClusterView(Server.Version, "BuiltIn", _storage.Description, [.. _leases.View().Nodes.Select(Show)]));

    /// <inheritdoc/>
    public async Task<Outcome<NodeView>> Drain(string id)
    {
        var now = _leases.View();
        if (now.Nodes.FirstOrDefault(node => IdOf(node) == id) is not { } found)
        {
            return Failure.Missing("node");
        }

        if (found.State is NodeState.Draining or NodeState.Drained)
        {
            return Show(found);
        }

        if (!now.InTouch)
        {
            throw new StoreException("This node is out of touch with the database; nothing was asked of anybody.");
        }

        if (!now.Nodes.Any(node => node.Lease.Takes && node.Lease.Node.Name != found.Lease.Node.Name))
        {
            return Failure.Conflict("node_last", "No other node could take its partitions. Start one first, or stop this one with SIGTERM.");
        }

        return await _leases.Drain(found.Lease.Node.Name)
            ? Show(found with { Lease = found.Lease with { DrainAsked = true } })
            : Failure.Missing("node");
    }

    /// <summary>The incarnation: unlike the whole name it fits into a path, and like it it is never used again.</summary>
    private static string IdOf(NodeSnapshot node) => node.Lease.Node.Name[(node.Lease.Node.Name.LastIndexOf('/') + 1)..];

    private static string Name(NodeState state) => state.ToString().ToLowerInvariant();

    private NodeSnapshot? Self() => _leases.View().Nodes.FirstOrDefault(node => node.IsSelf);

    private NodeView Show(NodeSnapshot node)
    {
        var lease = node.Lease;
        var figures = node.IsSelf ? _figures.Now() : NodeFigures.Read(lease.Stats);
        return new(
            IdOf(node),
            lease.Node.Address.Length > 0 ? lease.Node.Address : null,
            Name(node.State),
            lease.Node.Roles,
            node.LeaseAge < lease.Until - lease.RenewedAt ? "held" : "over",
            Math.Round(node.LeaseAge.TotalSeconds, 3),
            node.Partitions,
            lease.Node.Version,
            Time.Milliseconds(lease.Node.StartedAt),
            figures.Activations,
            figures.QueueDepths);
    }
}
