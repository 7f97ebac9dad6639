using Troupe.Api.Operations;

namespace Troupe.Silo.Cluster;

/// <summary>Registers a node that holds its partitions by a lease.</summary>
public static class ClusterRegistration
{
    /// <summary>Adds <see cref="INode"/>, its metrics and its farewell. Takes <see cref="Runtime.LeasedOwnership"/> from the services.</summary>
    public static IServiceCollection AddClusterNode(this IServiceCollection services)
    {
        services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(60)); // handing over, the grace, and what is in flight
        services.AddSingleton<ClusterNode>();
        services.AddSingleton<INode>(provider => provider.GetRequiredService<ClusterNode>());
        return services.AddHostedService<Farewell>();
    }
}
