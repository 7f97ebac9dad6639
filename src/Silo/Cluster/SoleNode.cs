using Troupe.Api.Operations;
using Troupe.Runtime;
using Troupe.Silo.Hosting;
using Troupe.Silo.Options;
using Troupe.Silo.Storage;

namespace Troupe.Silo.Cluster;

/// <summary>This node, the only one: it owns every partition for good.</summary>
public sealed class SoleNode(GrainNode grains, IStorage storage, Settings settings, IHostApplicationLifetime lifetime, TimeProvider clock) : INode
{
    private readonly DateTimeOffset _startedAt = Time.Milliseconds(clock.GetUtcNow());

    /// <inheritdoc/>
    public async ValueTask<string?> Unready(CancellationToken cancel) =>
        lifetime.ApplicationStopping.IsCancellationRequested ? "The node is stopping." : await StoreHealth.Problem(storage, cancel);

    /// <inheritdoc/>
    public ValueTask<ClusterView> Cluster(CancellationToken cancel) =>
        ValueTask.FromResult(new ClusterView(Server.Version, "BuiltIn", storage.Description, [View()]));

    /// <inheritdoc/>
    public Task<Outcome<NodeView>> Drain(string id) => Task.FromResult<Outcome<NodeView>>(
        id == Environment.MachineName
            ? Failure.Conflict("node_last", "This is the only node: nobody could take its partitions. Stop it with SIGTERM; it finishes what it has begun.")
            : Failure.Missing("node"));

    private NodeView View() => new(
        Environment.MachineName,
        null,
        lifetime.ApplicationStopping.IsCancellationRequested ? "draining" : "active",
        settings.Roles.Split(',', StringSplitOptions.TrimEntries),
        "sole",
        null,
        Partition.Count,
        Server.Version,
        _startedAt,
        grains.ActivationCounts(),
        grains.HeldCounts());
}
