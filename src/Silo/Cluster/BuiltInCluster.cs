using Troupe.Api.Operations;
using Troupe.Runtime;
using Troupe.Silo.Options;
using Troupe.Silo.Storage.Sqlite;

namespace Troupe.Silo.Cluster;

/// <summary>Hosts the built-in runtime. <c>OrleansCluster</c> has the same method; which of the two is compiled is said by <c>ActorRuntime</c>.</summary>
public static class BuiltInCluster
{
    /// <summary>Adds the runtime, which takes <see cref="TimeProvider"/> from the services, gives <see cref="IGrainFactory"/> and <see cref="INode"/>, and
    /// starts and stops with the host: add it after the store, so that it stops before it.</summary>
    public static void AddCluster(this WebApplicationBuilder builder, Settings settings)
    {
        var services = builder.Services;
        services.AddSingleton<IReminderTable, SqliteReminders>();
        services.AddSingleton(new RuntimeOptions { Json = Json.Options });
        services.AddSingleton(provider => new GrainNode(provider, Catalog.Grains));
        services.AddSingleton<IGrainFactory>(provider => provider.GetRequiredService<GrainNode>());
        services.AddSingleton<IDistributions, CallDurations>();
        services.AddSingleton<INode, SoleNode>();
        services.AddHostedService<NodeLifetime>();
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
