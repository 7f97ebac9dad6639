using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Troupe.Silo.Storage.Sqlite;

namespace Troupe.Silo.Storage;

/// <summary>Puts a store behind the ports of the kernel. What the runtime keeps in the same database, its reminders, is registered with the runtime.</summary>
public static class Registration
{
    /// <summary>SQLite in a data directory, opened when the host starts. Register it before the runtime, so that it is open before the first grain.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="dataDirectory">Directory of the database; made, readable by its owner only, when it is not there.</param>
    /// <param name="kinds">Kinds of records, e.g. <see cref="Catalog.Kinds"/>.</param>
    /// <param name="logs">Logs, e.g. <see cref="Catalog.Logs"/>.</param>
    public static IServiceCollection AddSqliteStore(
        this IServiceCollection services, string dataDirectory, IReadOnlyList<KindSchema> kinds, IReadOnlyList<LogSchema> logs)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(provider => new Database(dataDirectory, new Schemas(kinds, logs), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<IStorage>(provider => provider.GetRequiredService<Database>());
        services.AddSingleton<IStore, SqliteStore>();
        services.AddSingleton<IDirectory, SqliteDirectory>();
        services.AddSingleton<IRowStore, SqliteRows>();
        services.AddSingleton<IOutbox, SqliteOutbox>();
        services.AddSingleton<IAuditLog, SqliteAudit>();
        return services.AddSingleton<IHostedService, Opening>();
    }
}
