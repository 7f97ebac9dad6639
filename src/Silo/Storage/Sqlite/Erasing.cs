namespace Troupe.Silo.Storage.Sqlite;

/// <summary>What the sweep does on SQLite, through the writer's queue.</summary>
internal static class Erasing
{
    private static readonly Func<Connection, DateTimeOffset, bool>[] s_steps =
    [
        // Rows of these two are in order of time nearly always, so the oldest few tell whether there is work. The last event stays: positions go on from it.
        (connection, now) => Delete(connection, now - Limits.EventRetention, $"""
            DELETE FROM outbox WHERE position IN (SELECT position FROM outbox ORDER BY position LIMIT {Limits.SweepRows})
              AND time <= ? AND position < (SELECT max(position) FROM outbox)
            """),
        (connection, now) => Delete(connection, now - Limits.AnswerRetention, $"""
            DELETE FROM answers WHERE id IN (SELECT id FROM answers ORDER BY id LIMIT {Limits.SweepRows}) AND created_at <= ?
            """),
        (connection, now) =>
        {
            using var give = connection.Use("UPDATE row_logs SET name = NULL, staged_at = NULL WHERE staged_at <= ?");
            give.With(now - Limits.StageRetention).Run();
            return false;
        },
        (connection, _) => EraseSegments(connection),
    ];

    private static bool Delete(Connection connection, DateTimeOffset before, string sql)
    {
        using var delete = connection.Use(sql);
        delete.With(before).Run();
        return connection.Changes == Limits.SweepRows;
    }

    private static bool EraseSegments(Connection connection)
    {
        using var dropped = connection.Use("SELECT id FROM row_logs WHERE name IS NULL ORDER BY id LIMIT 1");
        if (!dropped.Step())
        {
            return false;
        }

        var log = dropped.Number(0);
        var first = $"FROM row_segments WHERE log = ?1 ORDER BY first_seq LIMIT {Limits.SweepSegments}";
        using (var chunks = connection.Use($"DELETE FROM row_chunks WHERE id IN (SELECT chunk {first})"))
        {
            chunks.With(log).Run();
        }

        using (var segments = connection.Use($"DELETE FROM row_segments WHERE log = ?1 AND first_seq IN (SELECT first_seq {first})"))
        {
            segments.With(log).Run();
        }

        if (connection.Changes == 0)
        {
            using var last = connection.Use("DELETE FROM row_logs WHERE id = ?");
            last.With(log).Run();
        }

        return true;
    }

    /// <summary>Each erases a little and tells whether there is more.</summary>
    public static IReadOnlyList<Func<CancellationToken, Task<bool>>> Steps(Database database) =>
        [.. s_steps.Select(step => (Func<CancellationToken, Task<bool>>)(_ => database.Write(connection => step(connection, database.Clock.GetUtcNow()))))];
}
