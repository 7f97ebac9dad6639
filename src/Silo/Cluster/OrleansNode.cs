using Troupe.Api.Operations;
using Troupe.Silo.Hosting;
using Troupe.Silo.Storage;

namespace Troupe.Silo.Cluster;

/// <summary>This node as Orleans knows it; the cluster is asked of its management grain.</summary>
public sealed class OrleansNode(IGrainFactory grains, IStorage storage, IHostApplicationLifetime lifetime) : INode
{
    private static readonly IReadOnlyDictionary<string, long> Unknown = new Dictionary<string, long>();

    /// <inheritdoc/>
    public async ValueTask<string?> Unready(CancellationToken cancel) =>
        lifetime.ApplicationStopping.IsCancellationRequested ? "The node is stopping." : await StoreHealth.Problem(storage, cancel);

    /// <inheritdoc/>
    public async ValueTask<ClusterView> Cluster(CancellationToken cancel)
    {
        var management = grains.GetGrain<IManagementGrain>(0);
        var silos = await management.GetDetailedHosts().WaitAsync(cancel);
        var live = silos.Where(silo => silo.Status is not SiloStatus.Dead).OrderBy(silo => silo.SiloAddress).ToList();
        var counts = (await management.GetSimpleGrainStatistics().WaitAsync(cancel)).ToLookup(count => count.SiloAddress);
        return new(Server.Version, "Orleans", storage.Description, live.ConvertAll(silo => View(silo, counts[silo.SiloAddress])));
    }

    /// <inheritdoc/>
    public async Task<Outcome<NodeView>> Drain(string id) =>
        (await Cluster(default)).Nodes.Any(node => node.Id == id)
            ? Failure.Conflict("drain_unsupported", "Orleans hands grains over when a node is stopped: send SIGTERM to it.")
            : Failure.Missing("node");

    /// <summary>Orleans has neither partitions nor leases, and tells neither versions nor queue depths.</summary>
    private static NodeView View(MembershipEntry silo, IEnumerable<SimpleGrainStatistic> counts) => new(
        silo.SiloAddress.ToString(),
        silo.SiloAddress.Endpoint.ToString(),
        State(silo.Status),
        ["silo"],
        "membership",
        null,
        0,
        "unknown",
        new(DateTime.SpecifyKind(silo.StartTime, DateTimeKind.Utc)),
        Activations(counts),
        Unknown);

    private static string State(SiloStatus status) => status switch
    {
        SiloStatus.Active => "active",
        SiloStatus.ShuttingDown or SiloStatus.Stopping => "draining",
        _ => "joining",
    };

    /// <summary>Of the product's own grains, by class name as everywhere; Orleans tells full names with the assembly behind.</summary>
    private static Dictionary<string, long> Activations(IEnumerable<SimpleGrainStatistic> counts) =>
        counts.Where(count => count.GrainType.StartsWith(nameof(Troupe), StringComparison.Ordinal))
            .GroupBy(count => count.GrainType.Split(',')[0].Split('.')[^1], count => (long)count.ActivationCount, StringComparer.Ordinal)
            .OrderBy(type => type.Key, StringComparer.Ordinal)
            .ToDictionary(type => type.Key, type => type.Sum(), StringComparer.Ordinal);
}
