using Troupe.Runtime;
using Troupe.Silo.Hosting;
using Troupe.Silo.Options;

namespace Troupe.Silo.Cluster.Wire;

/// <summary>Registers the connections to other nodes.</summary>
public static class Registration
{
    /// <summary>Adds <see cref="ITransport"/> over sockets and the port for the others. Add it before the runtime, so that it stops after it:
    /// a stopping node owes answers. For checked settings that have a <see cref="Settings.ClusterUrl"/>.</summary>
    public static IServiceCollection AddWire(this IServiceCollection services, Settings settings)
    {
        var url = new Uri(settings.ClusterUrl!);
        var tls = url.Scheme == Uri.UriSchemeHttps ? ClusterTls.Load(settings) : null;
        services.AddSingleton(provider => new Mesh(
            new SocketDialer(tls), new(settings.ClusterSecret!), new WireOptions(), TimeProvider.System, provider.GetRequiredService<ILogger<Mesh>>()));
        services.AddSingleton<ITransport>(provider => provider.GetRequiredService<Mesh>());
        services.AddSingleton(provider =>
        {
            var grains = new Lazy<GrainNode>(provider.GetRequiredService<GrainNode>); // made later: it asks for the transport
            var mesh = provider.GetRequiredService<Mesh>();
            mesh.NodeUnreachable += (_, seen) => provider.GetRequiredService<IOwnership>().Suspect(seen.Node); // an idle connection tells, too
            return new ClusterPort(
                url, new Uri(settings.ClusterListen ?? settings.ClusterUrl!), mesh, tls, (call, cancel) => grains.Value.Receive(call, cancel),
                provider.GetRequiredService<ILogger<ClusterPort>>());
        });
        services.AddSingleton<IClusterAddress>(provider => provider.GetRequiredService<ClusterPort>());
        services.AddHostedService(provider => provider.GetRequiredService<ClusterPort>());
        return services;
    }
}
