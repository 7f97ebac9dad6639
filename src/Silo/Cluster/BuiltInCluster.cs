using Troupe.Api.Operations;
using Troupe.Runtime;
using Troupe.Silo.Cluster.Wire;
using Troupe.Silo.Options;
using Troupe.Silo.Storage.Postgres;
using Troupe.Silo.Storage.Sqlite;

namespace Troupe.Silo.Cluster;

/// <summary>Hosts the built-in runtime. <c>OrleansCluster</c> has the same method; which of the two is compiled is said by <c>ActorRuntime</c>.</summary>
public static class BuiltInCluster
{
    /// <summary>Adds the runtime, which takes <see cref="TimeProvider"/> from the services, gives <see cref="IGrainFactory"/> and <see cref="INode"/>, and
    /// starts and stops with the host: add it after the store, so that it stops before it.</summary>
    public static void AddCluster(this WebApplicationBuilder builder, Settings settings)
    {
        if (settings.Database is null)
        {
            builder.Services.AddSingleton<IReminderTable, SqliteReminders>();
            builder.Services.AddBuiltInCluster(Catalog.Grains);
            builder.Services.AddSingleton<INode, SoleNode>();
        }
        else
        {
            if (settings.ClusterUrl is not null)
            {
                builder.Services.AddWire(settings);
            }

            builder.Services.AddLeases(settings);
            builder.Services.AddSingleton<IReminderTable, PostgresReminders>();
            builder.Services.AddBuiltInCluster(Catalog.Grains);
            builder.Services.AddClusterNode();
            builder.Services.AddHostedService<GainedJobs>();
        }
    }

    /// <summary>The runtime by itself, with these grains. It takes <see cref="TimeProvider"/> and <see cref="IReminderTable"/> from the services.</summary>
    public static IServiceCollection AddBuiltInCluster(this IServiceCollection services, IEnumerable<(Type Interface, Type Class)> grains)
    {
        services.AddSingleton(new RuntimeOptions
        {
            Json = Json.Options,
            Faults = new Dictionary<string, Func<string, Exception>> { [typeof(StoreException).FullName!] = message => new StoreException(message) },
        });
        services.AddSingleton(provider => new GrainNode(provider, [.. grains, .. provider.GetServices<MoreGrains>().SelectMany(more => more.Pairs)]));
        services.AddSingleton<IGrainFactory>(provider => provider.GetRequiredService<GrainNode>());
        services.AddSingleton<IDistributions, CallDurations>();
        services.AddHostedService<NodeLifetime>();
        return services;
    }

    /// <summary>Grains besides those of the product, for whoever builds a server with grains of its own: register it as a service.</summary>
    /// <param name="Pairs">Grain interfaces and the classes behind them.</param>
    public sealed record MoreGrains(params IReadOnlyList<(Type Interface, Type Class)> Pairs);

    private sealed class NodeLifetime(GrainNode node) : IHostedService
    {
        /// <summary>Time for other nodes' calls to get their answers through this one, after it has handed over its partitions.</summary>
        private static readonly TimeSpan s_quiet = TimeSpan.FromSeconds(5);

        public Task StartAsync(CancellationToken cancellationToken)
        {
            node.Start();
            return Task.CompletedTask;
        }

        public async Task StopAsync(CancellationToken cancellationToken)
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(s_quiet);
            await node.Quiet(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await node.Stop(cancellationToken);
        }
    }
}
