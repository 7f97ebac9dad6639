using Microsoft.Extensions.DependencyInjection.Extensions;
using Troupe.Runtime;
using Troupe.Silo.Hosting;
using Troupe.Silo.Options;
using Troupe.Silo.Storage.Postgres;

namespace Troupe.Silo.Cluster;

/// <summary>Registers ownership by leases in PostgreSQL, and the clock that follows the database's.</summary>
internal static class LeaseRegistration
{
    /// <summary>Adds <see cref="IOwnership"/>, and puts the shared clock in place of the machine's. Joins the cluster when the host starts, takes partitions
    /// once everything has started, leaves after the grains have stopped: add it after the store and the transport, and before the runtime.</summary>
    public static IServiceCollection AddLeases(this IServiceCollection services, Settings settings)
    {
        var own = services.LastOrDefault(service => service.ServiceType == typeof(TimeProvider))?.ImplementationInstance as TimeProvider;
        services.AddSingleton(new SharedClock(own ?? TimeProvider.System));
        services.Replace(ServiceDescriptor.Singleton<TimeProvider>(provider => provider.GetRequiredService<SharedClock>()));
        services.AddSingleton(new PostgresLeases(PostgresAddress.Parse(settings.Database!).ConnectionString));
        services.AddSingleton<IPeerProbe, SocketProbe>();
        services.AddSingleton(provider =>
        {
            var name = provider.GetService<IClusterAddress>()?.Node ?? $"/{Guid.NewGuid():N}"; // nobody reaches a node without a cluster address
            var self = new NodeEntry(name, name[..name.LastIndexOf('/')], settings.RoleNames, Server.Version, default);
            return new LeasedOwnership(
                provider.GetRequiredService<PostgresLeases>(), self, provider.GetRequiredService<SharedClock>(), provider.GetRequiredService<IPeerProbe>(),
                new(), provider.GetRequiredService<ILogger<LeasedOwnership>>());
        });
        services.AddSingleton<IOwnership>(provider => provider.GetRequiredService<LeasedOwnership>());
        return services.AddHostedService<LeaseLifetime>();
    }

    private sealed class LeaseLifetime(PostgresLeases table, LeasedOwnership ownership) : IHostedLifecycleService
    {
        public async Task StartAsync(CancellationToken cancellationToken)
        {
            try
            {
                await table.Prepare(cancellationToken);
                await ownership.Start(cancellationToken);
            }
            catch (Exception refused) when (refused is not (StoreException or OperationCanceledException))
            {
                throw new StoreException(refused.Message, refused);
            }
        }

        public Task StartedAsync(CancellationToken cancellationToken) => ownership.Serve();

        public async Task StopAsync(CancellationToken cancellationToken) => await ownership.DisposeAsync();

        public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
