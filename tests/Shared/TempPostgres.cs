using Troupe.Silo.Storage;
using Troupe.Silo.Storage.Postgres;

namespace Troupe.Tests;

/// <summary>An open PostgreSQL store in a database that nobody else uses.</summary>
public sealed class TempPostgres : IOpenStore
{
    private readonly IReadOnlyList<KindSchema> _kinds;
    private readonly IReadOnlyList<LogSchema> _logs;
    private readonly bool _owned;
    private readonly PostgresReminders _reminders;

    private TempPostgres(
        string connection, bool owned, PostgresDatabase database, IReadOnlyList<KindSchema> kinds, IReadOnlyList<LogSchema> logs, TimeProvider clock)
    {
        (Connection, _owned, Database, Clock, _kinds, _logs) = (connection, owned, database, clock, kinds, logs);
        Store = new PostgresStore(database);
        Directory = new PostgresDirectory(database);
        Rows = new PostgresRows(database);
        Outbox = new PostgresOutbox(database);
        Audit = new PostgresAudit(database);
        Reminders = _reminders = new PostgresReminders(database);
    }

    /// <summary>The connection string of the database.</summary>
    public string Connection { get; }

    public TimeProvider Clock { get; }

    public PostgresDatabase Database { get; }

    public IStorage Storage => Database;

    public IStore Store { get; }

    public IDirectory Directory { get; }

    public IRowStore Rows { get; }

    public IOutbox Outbox { get; }

    public IAuditLog Audit { get; }

    public IReminderTable Reminders { get; }

    /// <summary>Opens a store with these kinds and logs; by default those of the product. The clock is the system's when none is given.</summary>
    /// <param name="kinds">Kinds of records.</param>
    /// <param name="logs">Logs.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="connection">A database to open as it is, e.g. as a second node; an empty one when null.</param>
    public static async Task<TempPostgres> Open(
        IReadOnlyList<KindSchema>? kinds = null, IReadOnlyList<LogSchema>? logs = null, TimeProvider? clock = null, string? connection = null)
    {
        (kinds, logs, clock) = (kinds ?? Catalog.Kinds, logs ?? Catalog.Logs, clock ?? TimeProvider.System);
        var owned = connection is null;
        connection ??= await PrivatePostgres.Rent();
        var database = new PostgresDatabase(PostgresAddress.Parse(connection), new(kinds, logs), clock);
        await database.Open();
        return new(connection, owned, database, kinds, logs, clock);
    }

    /// <summary>Opens the database once more, as a second node does.</summary>
    public Task<TempPostgres> Beside() => Open(_kinds, _logs, Clock, Connection);

    /// <summary>Closes the store and opens it again, as a restart does.</summary>
    public async Task<TempPostgres> Reopen(IReadOnlyList<KindSchema>? kinds = null, IReadOnlyList<LogSchema>? logs = null)
    {
        await _reminders.DisposeAsync();
        await Database.DisposeAsync();
        return await Open(kinds ?? _kinds, logs ?? _logs, Clock, Connection);
    }

    async Task<IOpenStore> IOpenStore.Reopen(IReadOnlyList<KindSchema>? kinds, IReadOnlyList<LogSchema>? logs) => await Reopen(kinds, logs);

    public async ValueTask DisposeAsync()
    {
        await _reminders.DisposeAsync();
        await Database.DisposeAsync();
        if (_owned)
        {
            PrivatePostgres.Return(Connection);
        }
    }
}
