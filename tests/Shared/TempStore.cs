using Troupe.Silo.Storage;
using Troupe.Silo.Storage.Sqlite;

namespace Troupe.Tests;

/// <summary>An open SQLite store in a fresh directory, gone with the test.
/// <c>await using var store = await TempStore.Open([KindSchema.Of&lt;Contact&gt;()], [])</c>.</summary>
public sealed class TempStore : IOpenStore
{
    private readonly IReadOnlyList<KindSchema> _kinds;
    private readonly IReadOnlyList<LogSchema> _logs;

    private TempStore(string path, Database database, IReadOnlyList<KindSchema> kinds, IReadOnlyList<LogSchema> logs, TimeProvider clock)
    {
        (Path, Database, Clock, _kinds, _logs) = (path, database, clock, kinds, logs);
        Store = new SqliteStore(database);
        Directory = new SqliteDirectory(database);
        Rows = new SqliteRows(database);
        Outbox = new SqliteOutbox(database);
        Audit = new SqliteAudit(database);
        Reminders = new SqliteReminders(database);
    }

    /// <summary>The data directory.</summary>
    public string Path { get; }

    public TimeProvider Clock { get; }

    public Database Database { get; }

    public IStorage Storage => Database;

    public IStore Store { get; }

    public IDirectory Directory { get; }

    public IRowStore Rows { get; }

    public IOutbox Outbox { get; }

    public IAuditLog Audit { get; }

    public IReminderTable Reminders { get; }

    /// <summary>Opens a store with these kinds and logs; by default those of the product. The clock is the system's when none is given.</summary>
    public static async Task<TempStore> Open(
        IReadOnlyList<KindSchema>? kinds = null, IReadOnlyList<LogSchema>? logs = null, TimeProvider? clock = null, string? path = null)
    {
        path ??= System.IO.Directory.CreateTempSubdirectory("troupe-").FullName;
        (kinds, logs, clock) = (kinds ?? Catalog.Kinds, logs ?? Catalog.Logs, clock ?? TimeProvider.System);
        var database = new Database(path, new(kinds, logs), clock);
        await database.Open();
        return new(path, database, kinds, logs, clock);
    }

    /// <summary>Closes the store and opens it again, as a restart does.</summary>
    public async Task<TempStore> Reopen(IReadOnlyList<KindSchema>? kinds = null, IReadOnlyList<LogSchema>? logs = null)
    {
        await Database.DisposeAsync();
        return await Open(kinds ?? _kinds, logs ?? _logs, Clock, Path);
    }

    async Task<IOpenStore> IOpenStore.Reopen(IReadOnlyList<KindSchema>? kinds, IReadOnlyList<LogSchema>? logs) => await Reopen(kinds, logs);

    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        if (System.IO.Directory.Exists(Path))
        {
            System.IO.Directory.Delete(Path, recursive: true);
        }
    }
}
