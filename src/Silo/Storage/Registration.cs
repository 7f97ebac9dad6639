using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Troupe.Silo.Options;
using Troupe.Silo.Storage.Postgres;
using Troupe.Silo.Storage.Sqlite;

namespace Troupe.Silo.Storage;

/// <summary>Puts a store behind the ports of the kernel. What the runtime keeps in the same database, its reminders, is registered with the runtime.</summary>
public static class Registration
{
    /// <summary>The store the settings ask for: PostgreSQL when they name a database, SQLite in the data directory otherwise.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="settings">Checked settings.</param>
    public static IServiceCollection AddStore(this IServiceCollection services, Settings settings) => settings.Database is { } database
        ? services.AddPostgresStore(PostgresAddress.Parse(database), Catalog.Kinds, Catalog.Logs)
        : services.AddSqliteStore(settings.Data, Catalog.Kinds, Catalog.Logs);

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

    /// <summary>PostgreSQL, opened when the host starts. Several hosts may share a database. Register it before the runtime, so that it is open before
    /// the first grain.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="address">Where it is.</param>
    /// <param name="kinds">Kinds of records, e.g. <see cref="Catalog.Kinds"/>.</param>
    /// <param name="logs">Logs, e.g. <see cref="Catalog.Logs"/>.</param>
    public static IServiceCollection AddPostgresStore(
        this IServiceCollection services, PostgresAddress address, IReadOnlyList<KindSchema> kinds, IReadOnlyList<LogSchema> logs)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(provider => new PostgresDatabase(
            address, new Schemas(kinds, logs), provider.GetRequiredService<TimeProvider>(), provider.GetService<ILogger<PostgresDatabase>>()));
        services.AddSingleton<IStorage>(provider => provider.GetRequiredService<PostgresDatabase>());
        services.AddSingleton<IStore, PostgresStore>();
        services.AddSingleton<IDirectory, PostgresDirectory>();
        services.AddSingleton<IRowStore, PostgresRows>();
        services.AddSingleton<IOutbox, PostgresOutbox>();
        services.AddSingleton<IAuditLog, PostgresAudit>();
        return services.AddSingleton<IHostedService, Opening>();
    }
}
