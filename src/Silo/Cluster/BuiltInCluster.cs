using Troupe.Api.Operations;
using Troupe.Runtime;

namespace Troupe.Silo.Cluster;

/// <summary>Hosts the built-in runtime. With its Orleans counterpart the only file that names a runtime.</summary>
public static class BuiltInCluster
{
    /// <summary>Adds the runtime with these grains. It takes <see cref="TimeProvider"/> and <see cref="IReminderTable"/> from the services, gives
    /// <see cref="IGrainFactory"/>, and starts and stops with the host: add it after the store, so that it stops before it.</summary>
    public static IServiceCollection AddBuiltInCluster(this IServiceCollection services, IEnumerable<(Type Interface, Type Class)> grains)
    {
        services.AddSingleton(new RuntimeOptions { Json = Json.Options });
        services.AddSingleton(provider => new GrainNode(provider, grains));
        services.AddSingleton<IGrainFactory>(provider => provider.GetRequiredService<GrainNode>());
        services.AddSingleton<IDistributions, CallDurations>();
        services.AddHostedService<NodeLifetime>();
        return services;
    }

    private sealed class NodeLifetime(GrainNode node) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            node.Start();
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => node.Stop(cancellationToken);
    }
}
