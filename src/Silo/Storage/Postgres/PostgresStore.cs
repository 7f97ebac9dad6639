using Npgsql;

namespace Troupe.Silo.Storage.Postgres;

/// <summary><see cref="IStore"/> on PostgreSQL.</summary>
public sealed class PostgresStore(PostgresDatabase database) : IStore
{
    /// <inheritdoc/>
    public async ValueTask<Committed> Commit(Change change, CancellationToken cancel = default)
    {
        cancel.ThrowIfCancellationRequested();
        database.Tables.Schemas.Check(change);
        return await database.Write(change);
    }

    /// <inheritdoc/>
    public ValueTask<StoredRecord?> Load(Kind kind, string workspace, string id, CancellationToken cancel = default)
    {
        var table = database.Tables.Of(kind);
        return database.Run(
            async (connection, cancelled) =>
            {
                await using var batch = new NpgsqlBatch(connection);
                batch.Add(table.Load).With(workspace).With(id);
                await using var read = await batch.ExecuteReaderAsync(cancelled);
                return await read.ReadAsync(cancelled)
                    ? new StoredRecord(id, read.GetInt64(0), read.Bytes(1), read.Time(2), read.Time(3), read.GetBoolean(4))
                    : null;
            },
            cancel);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<Answer>> Answers(string workspace, string scope, IReadOnlyList<string> keys, CancellationToken cancel = default)
    {
        var after = database.Clock.GetUtcNow() - Limits.AnswerRetention;
        return keys.Count == 0 ? [] : await database.Run(
            async (connection, cancelled) =>
            {
                await using var batch = new NpgsqlBatch(connection);
                batch.Add("""
                    SELECT u.at, t.hash, t.body, t.created_at FROM unnest($3::text[]) WITH ORDINALITY AS u (key, at)
                    JOIN troupe.answers AS t ON t.workspace = $1 AND t.scope = $2 AND t.key = u.key WHERE t.created_at > $4 ORDER BY u.at
                    """).With(workspace).With(scope).With([.. keys]).With(after);
                await using var read = await batch.ExecuteReaderAsync(cancelled);
                var answers = new List<Answer>();
                while (await read.ReadAsync(cancelled))
                {
                    answers.Add(new(scope, keys[(int)read.GetInt64(0) - 1], read.Bytes(1), read.Bytes(2), read.Time(3)));
                }

                return answers;
            },
            cancel);
    }
}
