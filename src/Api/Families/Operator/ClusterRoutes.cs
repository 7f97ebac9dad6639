using Troupe.Api.Operations;

namespace Troupe.Api.Families.Operator;

/// <summary>The nodes.</summary>
internal static class ClusterRoutes
{
    public static void MapCluster(this Family family)
    {
        family.Get("/cluster", "", async (INode node, CancellationToken cancel) => new Outcome<ClusterView>(await node.Cluster(cancel), null));
        family.Post("/cluster/nodes/{id}/drain", "", (string id, INode node) => node.Drain(id)).Accepted();
    }
}
