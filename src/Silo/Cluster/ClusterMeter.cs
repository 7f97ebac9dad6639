using System.Diagnostics.Metrics;
using Troupe.Runtime;

namespace Troupe.Silo.Cluster;

/// <summary>The meter <c>Troupe.Cluster</c>: what this node knows of its lease and of the others.</summary>
internal static class ClusterMeter
{
    /// <summary>Makes the instruments, which live as long as the factory.</summary>
    public static void Begin(IMeterFactory meters, LeasedOwnership leases)
    {
        var meter = meters.Create("Troupe.Cluster");
        meter.CreateObservableGauge("troupe.cluster.lease.age", () => Age(leases), "s", "Time since this node renewed its lease.");
        meter.CreateObservableGauge("troupe.cluster.nodes", () => Count(leases), description: "Nodes this node knows, by state.");
    }

    private static double Age(LeasedOwnership leases) => leases.View().Nodes.Where(node => node.IsSelf).Sum(node => node.LeaseAge.TotalSeconds);

    private static IEnumerable<Measurement<int>> Count(LeasedOwnership leases)
    {
        var nodes = leases.View().Nodes;
        return Enum.GetValues<NodeState>().Select(state => new Measurement<int>(
            nodes.Count(node => node.State == state), new KeyValuePair<string, object?>("state", state.ToString().ToLowerInvariant())));
    }
}
