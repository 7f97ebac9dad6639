using Npgsql;

namespace Troupe.Silo.Storage.Postgres;

/// <summary>What the sweep does on PostgreSQL. Each step is a transaction of its own under a lock that nobody waits for: while one node is at it the others
/// leave it alone.</summary>
internal static class Erasing
{
    /// <summary>Second half of the key of the lock.</summary>
    private const int SweepLock = 3;

    private static readonly string s_mine = $"mine AS MATERIALIZED (SELECT pg_try_advisory_xact_lock({Opener.Locks}, {SweepLock}) AS got)";

    /// <summary>Rows of these are in order of time nearly always, so the oldest few tell whether there is work.</summary>
    private static readonly string s_events = $"""
        WITH {s_mine}, gone AS (
          DELETE FROM troupe.outbox WHERE (SELECT got FROM mine) AND time <= $1
            AND position IN (SELECT position FROM troupe.outbox ORDER BY position LIMIT {Limits.SweepRows}) RETURNING 1)
        SELECT count(*) FROM gone
        """;

    private static readonly string s_answers = $"""
        WITH {s_mine}, gone AS (
          DELETE FROM troupe.answers WHERE (SELECT got FROM mine) AND created_at <= $1
            AND (workspace, scope, key) IN (
              SELECT workspace, scope, key FROM troupe.answers WHERE created_at <= $1 ORDER BY created_at LIMIT {Limits.SweepRows}) RETURNING 1)
        SELECT count(*) FROM gone
        """;

    private const string Stages = "UPDATE troupe.row_logs SET name = NULL, staged_at = NULL WHERE staged_at <= $1";

    private static readonly string s_segments = $"""
        WITH {s_mine}, dropped AS MATERIALIZED (SELECT id FROM troupe.row_logs WHERE name IS NULL ORDER BY id LIMIT 1),
          few AS MATERIALIZED (
            SELECT log, first_seq FROM troupe.row_segments WHERE log = (SELECT id FROM dropped) ORDER BY first_seq LIMIT {Limits.SweepSegments}),
          gone AS (DELETE FROM troupe.row_segments WHERE (SELECT got FROM mine) AND (log, first_seq) IN (SELECT log, first_seq FROM few) RETURNING 1),
          done AS (
            DELETE FROM troupe.row_logs WHERE (SELECT got FROM mine) AND id = (SELECT id FROM dropped) AND NOT EXISTS (SELECT FROM few) RETURNING 1)
        SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM done)
        """;

    /// <summary>Each erases a little and tells whether there is more.</summary>
    public static IReadOnlyList<Func<CancellationToken, Task<bool>>> Steps(PostgresDatabase database) =>
    [
        async cancel => await Run(database, s_events, Limits.EventRetention, cancel) == Limits.SweepRows,
        async cancel => await Run(database, s_answers, Limits.AnswerRetention, cancel) == Limits.SweepRows,
        async cancel =>
        {
            await Run(database, Stages, Limits.StageRetention, cancel);
            return false;
        },
        async cancel => await Run(database, s_segments, null, cancel) > 0,
        .. database.Tables.Kinds.Select(kind => (Func<CancellationToken, Task<bool>>)(async cancel =>
            await database.Run((connection, cancelled) => Declared.Heal(connection, kind, cancelled), cancel))),
    ];

    private static async Task<long> Run(PostgresDatabase database, string sql, TimeSpan? kept, CancellationToken cancel) => await database.Run(
        async (connection, cancelled) =>
        {
            await using var batch = new NpgsqlBatch(connection);
            var command = batch.Add(sql);
            if (kept is { } time)
            {
                command.With(database.Clock.GetUtcNow() - time);
            }

            return await batch.ExecuteScalarAsync(cancelled) is long count ? count : 0;
        },
        cancel);
}
