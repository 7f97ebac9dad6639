using Npgsql;

namespace Troupe.Silo.Storage.Postgres;

/// <summary>Looks for the tables of Orleans' own providers before Orleans does, and tells the operator how to make them: the scripts belong to Orleans, come
/// with its source, and are applied once.</summary>
public sealed class OrleansTables(string database) : IHostedService
{
    private const string Advice =
        "Apply PostgreSQL-Main.sql, PostgreSQL-Clustering.sql and PostgreSQL-Reminders.sql, in this order, with psql; they are in src/AdoNet of the " +
        "source of Orleans 10.4.2. Then start again.";

    /// <summary>Throws <see cref="StoreException"/> when a table is missing or the database is out of reach.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var source = NpgsqlDataSource.Create(database);
            await using var ask = source.CreateCommand(
                """
                SELECT coalesce(string_agg(name, ', '), '')
                FROM unnest(ARRAY['orleansquery', 'orleansmembershipversiontable', 'orleansmembershiptable', 'orleansreminderstable']) AS name
                WHERE to_regclass(name) IS NULL
                """);
            if (await ask.ExecuteScalarAsync(cancellationToken) is string { Length: > 0 } missing)
            {
                throw new StoreException($"The database lacks the tables of Orleans: {missing}. {Advice}");
            }
        }
        catch (NpgsqlException fault)
        {
            throw new StoreException($"PostgreSQL is out of reach: {fault.Message}", fault);
        }
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
