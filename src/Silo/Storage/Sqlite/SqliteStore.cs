namespace Troupe.Silo.Storage.Sqlite;

/// <summary><see cref="IStore"/> on SQLite.</summary>
public sealed class SqliteStore(Database database) : IStore
{
    /// <inheritdoc/>
    public async ValueTask<Committed> Commit(Change change, CancellationToken cancel = default)
    {
        cancel.ThrowIfCancellationRequested();
        var tables = database.Tables;
        tables.Schemas.Check(change);
        var now = database.Clock.GetUtcNow();
        return await database.Write(connection => ChangeWriter.Store(connection, tables, change, now), ChangeSize.Of(change));
    }

    /// <inheritdoc/>
    public ValueTask<StoredRecord?> Load(Kind kind, string workspace, string id, CancellationToken cancel = default)
    {
        var table = database.Tables.Of(kind);
        return database.Read(
            connection =>
            {
                using var load = connection.Use(table.Load);
                return load.With(workspace).With(id).Step()
                    ? new StoredRecord(id, load.Number(0), load.Bytes(1), load.Time(2), load.Time(3), load.Number(4) != 0)
                    : null;
            },
            cancel);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<Answer>> Answers(string workspace, string scope, IReadOnlyList<string> keys, CancellationToken cancel = default)
    {
        var now = database.Clock.GetUtcNow();
        return await database.Read(connection => AnswerRows.Read(connection, workspace, scope, keys, now), cancel);
    }
}
